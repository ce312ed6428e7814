package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
	"one-click-protest/internal/mailer/mailertest"
)

// Each tenth signer writes words of their own, and gets a mail to confirm them first.
func confirms(i int) bool { return i%10 == 9 }

func emailOf(i int) string { return fmt.Sprintf("zq%d@example.com", i) }

// nameOf is another name for each signer. A name with digits would have to be confirmed.
func nameOf(i int) string {
	letters := make([]byte, 4)
	for place := range letters {
		letters[place] = byte('a' + i%26)
		i /= 26
	}
	return "Zoltan Q" + string(letters)
}

func submission(i int, country string) string {
	sub := map[string]string{
		"name": nameOf(i), "email": emailOf(i), "country": country, "language": "en", "consent": "2007-11-01",
	}
	if confirms(i) {
		sub["message"] = "These are my own words."
	}
	body, _ := json.Marshal(sub) // strings cannot fail
	return string(body)
}

// client is one visitor's connection.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: patience}
}

// submit posts one submission and answers the status; 0 when there was none.
func submit(ctx context.Context, c *http.Client, addr string, i int, country string) int {
	url := "http://" + addr + "/v1/campaigns/" + slug + "/actions"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(submission(i, country)))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0 // cut off: the visitor does not know either
	}
	return answer.StatusCode
}

// crowd is signers who sign, each until answered 2xx.
type crowd struct {
	signers, connections int
	countries            []string // where they live

	next     atomic.Int64
	accepted atomic.Int64
	again    atomic.Int64 // submissions that were not answered, or not with 2xx
}

// sign has all of them sign, and returns when all are answered 2xx, or ctx is done.
func (c *crowd) sign(ctx context.Context, t *testing.T, addr string) {
	var connections sync.WaitGroup
	for range c.connections {
		connections.Go(func() {
			visitor := client()
			defer visitor.CloseIdleConnections()
			for i := int(c.next.Add(1)) - 1; i < c.signers && ctx.Err() == nil; i = int(c.next.Add(1)) - 1 {
				c.one(ctx, t, visitor, addr, i)
			}
		})
	}
	connections.Wait()
}

func (c *crowd) one(ctx context.Context, t *testing.T, visitor *http.Client, addr string, i int) {
	for ctx.Err() == nil {
		switch status := submit(ctx, visitor, addr, i, c.countries[i%len(c.countries)]); {
		case status == http.StatusAccepted:
			c.accepted.Add(1)
			return
		case status >= 400 && status < 500:
			t.Errorf("signer %d is answered %d", i, status)
			return
		}
		c.again.Add(1)
		time.Sleep(10 * time.Millisecond) // the server is down; visitors press again
	}
}

// got is one mail as it left.
type got struct {
	signer int // whose letter it is, or to whom it goes
	tag    string
}

// captured lists the folder of captured mail.
func captured(t *testing.T, data string) []localmail.Mail {
	t.Helper()
	folder, err := localmail.OpenFolder(filepath.Join(data, "outbox"), localmail.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	list, err := folder.List(0)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// capturedMails reads the folder of captured mail.
func capturedMails(t *testing.T, data string) []got {
	t.Helper()
	var mails []got
	for _, m := range captured(t, data) {
		if m.Broken {
			t.Errorf("mail %s is broken", m.ID)
			continue
		}
		var g got
		if m.Class == mailer.ToSigner {
			g.signer = addressed(t, string(m.To[0]))
		} else {
			g.signer = signerOf(t, m.FromName)
		}
		for _, tag := range m.Tags {
			if tag.Name == "delivery" {
				g.tag = tag.Value
			}
		}
		mails = append(mails, g)
	}
	return mails
}

// relayedMails reads what a mail server took. Nothing in a real letter tells its delivery.
func relayedMails(t *testing.T, relay *mailertest.SMTP) []got {
	t.Helper()
	var mails []got
	for _, m := range relay.Mails() {
		if strings.HasSuffix(m.To[0], "@example.com") {
			mails = append(mails, got{signer: addressed(t, m.To[0])})
			continue
		}
		in, err := mail.ReadMessage(strings.NewReader(string(m.Data)))
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, got{signer: signerOf(t, in.Header.Get("From"))})
	}
	return mails
}

var signerName = regexp.MustCompile(`Zoltan Q([a-z]{4})\b`)

// signerOf answers whose name stands there.
func signerOf(t *testing.T, text string) int {
	t.Helper()
	found := signerName.FindStringSubmatch(text)
	if found == nil {
		t.Errorf("a letter from nobody: %s", text)
		return -1
	}
	i := 0
	for place := 3; place >= 0; place-- {
		i = i*26 + int(found[1][place]-'a')
	}
	return i
}

// addressed answers whose address it is.
func addressed(t *testing.T, email string) int {
	t.Helper()
	var i int
	if _, err := fmt.Sscanf(email, "zq%d@example.com", &i); err != nil {
		t.Errorf("a mail to nobody: %s", email)
		return -1
	}
	return i
}
