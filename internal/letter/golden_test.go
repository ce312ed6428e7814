package letter_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

var update = flag.Bool("update", false, "write the golden files")

const hostile = "I am {name} and {{.}} and {message}.\n<script>alert(1)</script> &lt;b&gt; \\*x\\*\n\n**bold** [x](javascript:alert(1)) ![i](http://x.example/i)\n# no heading\n1. no list"

func TestGolden(t *testing.T) {
	for _, test := range []struct {
		name     string
		channel  ledger.Channel
		language string
		change   func(*letter.Source, *letter.Signer)
	}{
		{"email-en-unproven", ledger.ChannelEmail, "en", nil},
		{"email-en-proven", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) { w.Proven = true }},
		{"email-en-reply-signer", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) {
			s.ReplyTo, w.Proven = campaign.ReplyToSigner, true
		}},
		{"email-en-hostile", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Message = "{city} **<b>Eve</b>** &amp; {{.}}", hostile
		}},
		{"email-en-edited-hostile", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) {
			w.Edited = &letter.Edit{Subject: "{name} <i>says</i> &amp; **no**", Body: hostile}
		}},
		{"email-en-test-mode", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) { s.Test = true }},
		{"email-en-arabic-name", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) { w.Name = "محمد علي" }},
		{"email-ko", ledger.ChannelEmail, "ko", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country, w.Message = "김하늘", "대한민국", "제 할머니의 마을도 그 강가에 있습니다."
		}},
		{"email-zh", ledger.ChannelEmail, "zh", func(s *letter.Source, w *letter.Signer) { w.Name, w.Country = "王小明", "德国" }},
		{"email-ar", ledger.ChannelEmail, "ar", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country, w.Message = "محمد علي", "ألمانيا", "قريتي على ضفة النهر."
		}},
		{"relay-en-japanese-name", ledger.ChannelRelay, "en", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country, w.Proven = "山田太郎", "Japan", true
		}},
		{"relay-zh-edited", ledger.ChannelRelay, "zh", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country = "王小明", "德国"
			w.Edited = &letter.Edit{Subject: "请停止", Body: "大使阁下：\n\n请停止修建大坝。\n请释放被捕的人。"}
		}},
		{"print-ko", ledger.ChannelPrint, "ko", func(s *letter.Source, w *letter.Signer) { w.Name, w.Country = "김하늘", "대한민국" }},
		{"print-en-edited", ledger.ChannelPrint, "en", func(s *letter.Source, w *letter.Signer) {
			w.Edited = &letter.Edit{Subject: "Stop", Body: "Sir,\n\n- " + strings.Repeat("stop it, ", 15) + "now;\n- please."}
		}},
		{"print-en-test-mode", ledger.ChannelPrint, "en", func(s *letter.Source, w *letter.Signer) { s.Test = true }},
		{"relay-en-test-mode", ledger.ChannelRelay, "en", func(s *letter.Source, w *letter.Signer) { s.Test = true }},
		{"fax-en", ledger.ChannelFax, "en", func(s *letter.Source, w *letter.Signer) { w.Proven = true }},
		{"fax-ko-test-mode", ledger.ChannelFax, "ko", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country, s.Test = "김하늘", "대한민국", true
		}},
		{"fax-zh-edited", ledger.ChannelFax, "zh", func(s *letter.Source, w *letter.Signer) {
			w.Name, w.Country = "王小明", "德国"
			w.Edited = &letter.Edit{Subject: "请停止", Body: "大使阁下：\n\n请停止修建大坝。\n请释放被捕的人。"}
		}},
		{"email-en-gaps", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) {
			s.Subjects, w.Fields = []string{"{name}, {city}, {country}: stop the dam"}, nil
			s.Body = "{salutation},\n\nI live in **{city}**, {country} ({city}).\n\nYours,\\\n{name}, {city}\\\n{city}, {country}\n"
		}},
		{"email-en-variant", ledger.ChannelEmail, "en", func(s *letter.Source, w *letter.Signer) {
			s.Openings = []string{"The first.", "From {country} I, *{name}*, write\nto the {target}."}
			s.Body = strings.Replace(s.Body, "For more than", "{opening}\n\nFor more than", 1)
			w.Variant = 4
		}},
		{"self-ar", ledger.ChannelSelf, "ar", func(s *letter.Source, w *letter.Signer) { w.Name, w.Country = "محمد علي", "ألمانيا" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, who := source(t, test.channel, test.language), signer("Ann Example", "Germany")
			if test.change != nil {
				test.change(&s, &who)
			}
			l := compose(t, s, who)
			head := "From-Name: " + l.FromName + "\nReply-To: " + string(l.ReplyTo) + "\nSubject: " + l.Subject + "\n\n"
			golden(t, test.name+".txt", head+l.Text)
			golden(t, test.name+".html", l.HTML)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
