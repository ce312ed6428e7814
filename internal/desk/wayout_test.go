package desk

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"one-click-protest/internal/ledger"
)

// rewritten is the shipped files with other words in one of them.
func rewritten(t *testing.T, name string, words ...string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(testEnv(t).Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(testEnv(t).Files, path)
		files[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(string(files[name].Data), words[i]) {
			t.Fatalf("no %q in %s", words[i], name)
		}
	}
	files[name].Data = []byte(strings.NewReplacer(words...).Replace(string(files[name].Data)))
	return files
}

const campaignFile = "campaigns/" + slug + "/campaign.yaml"

// live is the shipped files with a campaign in live mode.
func live(t *testing.T) fs.FS {
	return rewritten(t, campaignFile, "mode: test\n", "mode: live\n", "testers: [testers@example.org]\n", "", "example.org", "protest.internal", "fax.example.net", "fax.internal")
}

// start runs a command on a folder of this machine until it ends, a server until it has started.
func (d *depot) start(t *testing.T, want int, args ...string) (errs string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var text strings.Builder
	env := d.env(t)
	env.Stdout, env.Stderr = watcher{"Ctrl-C", stop}, &text
	if args[0] == "serve" {
		args = append(args, "--addr", "127.0.0.1:0")
	}
	if got := Main(ctx, env, append(args, d.place...)); got != want {
		t.Fatalf("%v: exit status %d, want %d: %s", args, got, want, text.String())
	}
	return text.String()
}

// watcher calls when a word is written.
type watcher struct {
	word string
	call func()
}

func (w watcher) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.word) {
		w.call()
	}
	return len(p), nil
}

// A mail server that was named once must be named again, by serve and by deliver, or --capture said.
func TestMailThatLeavesIsNotCapturedByMistake(t *testing.T) {
	for _, first := range [][]string{{"serve"}, {"deliver", "--once"}} {
		t.Run(first[0], func(t *testing.T) {
			d := onThisMachine(t, t.TempDir())
			d.start(t, ok, "serve")
			d.start(t, ok, "deliver", "--once")
			d.start(t, misuse, append(first, "--smtp", "http://x")...)
			d.start(t, ok, "serve") // that was no mail server
			d.start(t, ok, append(first, "--smtp", "smtp://"+d.smtp.Addr)...)
			d.sign(t, waiting)
			d.same(t, func() {
				has(t, d.start(t, misuse, "serve"), "--smtp", "--capture")
				has(t, d.start(t, misuse, "deliver", "--once"), "--smtp", "--capture")
			})
			d.start(t, ok, "serve", "--capture")
			d.start(t, ok, "deliver", "--once", "--capture")
			has(t, d.start(t, misuse, "serve"), "--capture") // it was said for that once
		})
	}
}

// A live campaign's letters that wait are captured by deliver only when that is said.
func TestDeliverSparesLiveLetters(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.files = live(t)
	d.sign(t, waiting)
	d.now = d.now.Add(2 * soon)
	if before := d.states(t); before[ledger.StateQueued] != 1 {
		t.Fatalf("nothing waits: %v", before)
	}
	status, out, errs := run(t, d.env(t), append([]string{"deliver"}, d.place...)...)
	has(t, errs, "1 letter of "+slug+" (live mode) wait", "--capture")
	if after := d.states(t); status != misuse || after[ledger.StateQueued] != 1 {
		t.Errorf("exit status %d, %v: %s", status, after, out)
	}
	status, out, errs = run(t, d.env(t), append([]string{"deliver", "--capture"}, d.place...)...)
	has(t, out, "captured and nobody gets it")
	if status != ok || d.states(t)[ledger.StateSent] != 1 {
		t.Errorf("exit status %d, %v: %s", status, d.states(t), errs)
	}
}
