package campaign_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"testing"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
)

func encoded(t testing.TB, form string, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	var err error
	if form == "png" {
		err = png.Encode(&b, picture)
	} else {
		err = jpeg.Encode(&b, picture, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func picture(name string, data []byte) change {
	return change{file: "campaigns/embassies/" + name, new: string(data)}
}

// What is read of a picture is what package image reads of it.
func TestPicturesAsPackageImageReadsThem(t *testing.T) {
	for _, form := range []string{"png", "jpg"} {
		for _, size := range [][2]int{{1200, 630}, {600, 315}, {1254, 630}, {1146, 630}} {
			data := encoded(t, form, size[0], size[1])
			want, name, err := image.DecodeConfig(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			c := mustLoad(t, changed(t, picture("picture.ko."+form, data)), "embassies")
			got := c.Pictures["ko"]
			if got.Width != want.Width || got.Height != want.Height || got.MediaType != "image/"+name || !bytes.Equal(got.Data, data) || len(c.Pictures) != 1 {
				t.Errorf("%s: %s %dx%d, want %s %dx%d", form, got.MediaType, got.Width, got.Height, name, want.Width, want.Height)
			}
		}
	}
}

func TestPictureProblems(t *testing.T) {
	const shape = "expected 1200x630 pixels (at least 600x315, in the same proportion)"
	const none = "a picture of no language; expected picture.<language>.png or .jpg, in one of the campaign's languages: en, ko"
	good := encoded(t, "png", 1200, 630)
	for _, tt := range []problemTest{
		{"none of the two forms", []change{picture("picture.en.png", []byte("GIF89a"))}, []string{"picture.en.png:1: neither a PNG nor a JPEG picture; " + shape}},
		{"cut", []change{picture("picture.en.png", good[:20])}, []string{"picture.en.png:1: neither a PNG nor a JPEG picture; " + shape}},
		{"cut before the frame", []change{picture("picture.en.jpg", encoded(t, "jpg", 1200, 630)[:100])}, []string{"picture.en.jpg:1: neither a PNG nor a JPEG picture; " + shape}},
		{"small", []change{picture("picture.en.png", encoded(t, "png", 599, 314))}, []string{"picture.en.png:1: 599x314 pixels; " + shape}},
		{"square", []change{picture("picture.en.png", encoded(t, "png", 1200, 1200))}, []string{"picture.en.png:1: 1200x1200 pixels; " + shape}},
		{"too wide", []change{picture("picture.en.png", encoded(t, "png", 1262, 630))}, []string{"picture.en.png:1: 1262x630 pixels; " + shape}},
		{"another form than its name says", []change{picture("picture.en.jpg", good)}, []string{"picture.en.jpg:1: image/png in a file named .jpg; expected the name that fits it"}},
		{"heavy", []change{picture("picture.en.png", append(good, make([]byte, 300<<10)...))}, []string{
			fmt.Sprintf("picture.en.png:1: too long: %d bytes, at most 307200; expected a picture of at most 307200 bytes", len(good)+300<<10)}},
		{"two of one language", []change{picture("picture.en.png", good), picture("picture.en.jpg", encoded(t, "jpg", 1200, 630))}, []string{
			"picture.en.png:1: a second picture in \"en\"; expected one for each language"}},
		{"names", []change{picture("picture.fr.png", good), picture("picture.png", good), picture("picture.en.jpeg", good)}, []string{
			"picture.en.jpeg:1: " + none, "picture.fr.png:1: " + none, "picture.png:1: " + none}},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

// The shipped pictures are linked into a deployed function: small, and one for each language.
func TestShippedPictures(t *testing.T) {
	sum := 0
	l := campaign.Open(infra.Files)
	for _, slug := range l.Slugs() {
		c, err := l.Get(slug)
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range c.Languages {
			p := c.Pictures[language]
			if p.Width != 1200 || p.Height != 630 || len(p.Data) > 20<<10 {
				t.Errorf("%s, %s: %dx%d, %d bytes", slug, language, p.Width, p.Height, len(p.Data))
			}
			if _, _, err := image.Decode(bytes.NewReader(p.Data)); err != nil {
				t.Errorf("%s, %s: %v", slug, language, err)
			}
			sum += len(p.Data)
		}
	}
	if sum > 100<<10 {
		t.Errorf("%d bytes together", sum)
	}
}

// Whatever the bytes are, what is taken for a picture has the size that package image reads.
func FuzzPicture(f *testing.F) {
	for _, form := range []string{"png", "jpg"} {
		f.Add(encoded(f, form, 1200, 630))
	}
	shipped, err := fs.ReadFile(infra.Files, "campaigns/protest-day-2007/picture.en.png")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"picture.en.png", "picture.en.jpg"} {
			c, err := campaign.Load(changed(t, picture(name, data)), "embassies")
			placed(t, err)
			want, _, decoded := image.DecodeConfig(bytes.NewReader(data))
			if c == nil || decoded != nil {
				continue
			}
			if got := c.Pictures["en"]; got.Width != want.Width || got.Height != want.Height {
				t.Errorf("%dx%d, want %dx%d", got.Width, got.Height, want.Width, want.Height)
			}
		}
	})
}
