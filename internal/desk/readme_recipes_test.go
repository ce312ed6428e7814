package desk

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"one-click-protest/internal/lang"
)

// readmeSite is the server of the README's recipes.
const readmeSite = "https://protest.example.org"

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func attributes(node *html.Node) map[string]string {
	all := map[string]string{}
	for _, a := range node.Attr {
		all[a.Key] = a.Val
	}
	return all
}

// element answers the only element of this name in a recipe.
func element(t *testing.T, recipe, name string) (map[string]string, bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(recipe))
	if err != nil {
		t.Fatal(err)
	}
	var found []map[string]string
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.Data == name {
			found = append(found, attributes(node))
		}
	}
	if len(found) > 1 {
		t.Fatalf("%d of %s in %s", len(found), name, recipe)
	}
	return slices.Concat(found, []map[string]string{nil})[0], len(found) == 1
}

// observed are the attributes that the widget reads.
func observed(t *testing.T) []string {
	t.Helper()
	script := read(t, "../web/static/widget.js")
	var names []string
	list := regexp.MustCompile(`observedAttributes = \[([^\]]+)\]`).FindStringSubmatch(script)
	if list == nil {
		t.Fatal("widget.js observes nothing")
	}
	for _, name := range regexp.MustCompile(`"([a-z-]+)"`).FindAllStringSubmatch(list[1]+strings.Join(regexp.MustCompile(`this\.getAttribute\("[a-z-]+"\)`).FindAllString(script, -1), ""), -1) {
		names = append(names, name[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// What a webmaster pastes from the README names what there is: elements, attributes, routes, languages, campaigns, partners.
func TestReadmeRecipes(t *testing.T) {
	_, site := openSite(t, t.TempDir())
	known := observed(t)
	ways := map[string]int{}
	for _, block := range regexp.MustCompile("(?s)```html\n(.*?)```").FindAllStringSubmatch(read(t, "../../README.md"), -1) {
		recipe := block[1]
		if widget, is := element(t, recipe, "one-click-protest"); is {
			ways["widget"]++
			for name := range widget {
				if !slices.Contains(known, name) {
					t.Errorf("widget.js does not read %s", name)
				}
			}
			recipeCampaign(t, widget["campaign"], widget["partner"], widget["lang"])
			script, _ := element(t, recipe, "script")
			recipeAddress(t, site, script["src"])
		}
		if frame, is := element(t, recipe, "iframe"); is {
			ways["frame"]++
			header := recipeAddress(t, site, frame["src"])
			if got := header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors https://partner.example.org") {
				t.Errorf("the partner cannot frame it: %s", got)
			}
			if frame["width"] == "" || frame["height"] == "" || frame["title"] == "" {
				t.Errorf("a frame without its measures as attributes has none under a policy without inline styles: %v", frame)
			}
		}
		if link, is := element(t, recipe, "a"); is {
			ways["link"]++
			recipeAddress(t, site, link["href"])
		}
		if strings.Contains(recipe, "addEventListener") {
			ways["height"]++
			recipeHeight(t, recipe)
		}
	}
	for _, way := range []string{"widget", "frame", "link", "height"} {
		if ways[way] == 0 {
			t.Errorf("no recipe for %s", way)
		}
	}
}

// recipeAddress asks the server for an address of a recipe.
func recipeAddress(t *testing.T, site http.Handler, address string) http.Header {
	t.Helper()
	path, ours := strings.CutPrefix(address, readmeSite)
	if !ours {
		t.Errorf("%q is not on %s", address, readmeSite)
		return nil
	}
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	if slug, is := strings.CutPrefix(u.Path, "/c/"); is {
		recipeCampaign(t, slug, u.Query().Get("partner"), u.Query().Get("language"))
	}
	w := httptest.NewRecorder()
	if site.ServeHTTP(w, httptest.NewRequest("GET", home+path, nil)); w.Code != http.StatusOK {
		t.Errorf("%s: status %d", path, w.Code)
	}
	return w.Header()
}

func recipeCampaign(t *testing.T, slug, partner, language string) {
	t.Helper()
	of, err := findCampaign(testEnv(t), slug)
	if err == nil && partner != "" {
		_, err = findPartner(of, partner)
	}
	if err != nil {
		t.Error(err)
	}
	if language != "" && !slices.Contains(lang.Languages(), language) {
		t.Errorf("no language %s", language)
	}
}

// recipeHeight holds the listener to what the frame says.
func recipeHeight(t *testing.T, recipe string) {
	t.Helper()
	says := read(t, "../web/static/embed.js")
	if !strings.Contains(recipe, `e.origin !== "`+readmeSite+`"`) || !strings.Contains(recipe, `e.source`) {
		t.Error("the listener believes any page")
	}
	if !strings.Contains(says, `{ source: "one-click-protest", height }`) || !strings.Contains(recipe, `source !== "one-click-protest"`) || !strings.Contains(recipe, "data.height") {
		t.Error("listener and frame do not speak of the same")
	}
}

// What the README says around the recipes: attributes, languages, looks, events, the policy's name, the link that fills in.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	readme := read(t, "../../README.md")
	known, script := observed(t), read(t, "../web/static/form.js")+read(t, "../web/static/widget.js")
	_, table, _ := strings.Cut(readme, "| attribute | |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for row := range strings.Lines(table) {
		for _, name := range code.FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			told = append(told, name[1])
		}
		if strings.HasPrefix(row, "| `lang`") {
			recipeLanguages(t, strings.Split(row, "|")[2])
		}
	}
	if slices.Sort(told); !slices.Equal(told, known) {
		t.Errorf("attributes %v, widget.js reads %v", told, known)
	}
	for _, pattern := range []string{`protest:([a-z]+)\x60`, `trusted-types ([a-z-]+)`, `::part\(([a-z]+)\)`} {
		names := regexp.MustCompile(pattern).FindAllStringSubmatch(readme, -1)
		if len(names) == 0 {
			t.Errorf("nothing like %s", pattern)
		}
		for _, name := range names {
			if !strings.Contains(script, name[1]) {
				t.Errorf("no %s in the widget", name[1])
			}
		}
	}
	looks := regexp.MustCompile(`--protest-[a-z-]+`).FindAllString(readme, -1)
	for _, look := range looks {
		if !strings.Contains(read(t, "../web/static/form.css"), "var("+look) {
			t.Errorf("no %s in form.css", look)
		}
	}
	if len(looks) == 0 {
		t.Error("no custom property")
	}
	prefill := regexp.MustCompile(readmeSite + `/c/\S+#(\S+)`).FindStringSubmatch(readme)
	if prefill == nil {
		t.Fatal("no link that fills in")
	}
	filled, err := url.ParseQuery(prefill[1])
	if err != nil || filled.Get("name") == "" || filled.Get("email") == "" || filled.Get("country") == "" || len(filled) != 3 {
		t.Errorf("%v, %v", filled, err)
	}
}

var code = regexp.MustCompile("`([^`]+)`")

func recipeLanguages(t *testing.T, cell string) {
	t.Helper()
	var told []string
	for _, name := range code.FindAllStringSubmatch(cell, -1) {
		told = append(told, name[1])
	}
	if want := lang.Languages(); !slices.Equal(slices.Sorted(slices.Values(told)), slices.Sorted(slices.Values(want))) {
		t.Errorf("languages %v, there are %v", told, want)
	}
}
