package campaign

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"one-click-protest/internal/seal"
)

// partners reads the sites that embed the form.
func (l *loader) partners() {
	v, ok := l.root.get("partners")
	if !ok {
		return
	}
	for _, entry := range v.items("a list of partners, each with id, name and origins") {
		l.partner(entry.object())
	}
}

func (l *loader) partner(o *object) {
	if o == nil {
		return
	}
	o.only("id", "name", "origins", "key", "privacy")
	var p Partner
	if v, ok := o.need("id", idRule); ok {
		p.ID = l.partnerID(v)
	}
	if v, ok := o.need("name", "the partner's name"); ok {
		p.Name, _ = v.line1(maxLine, "the partner's name")
	}
	if v, ok := o.need("origins", "a list like [https://example.org]"); ok {
		for _, entry := range v.items("a list like [https://example.org]") {
			p.Origins = append(p.Origins, l.origin(entry, p.Origins))
		}
	}
	p.subscribers(o)
	l.c.Partners = append(l.c.Partners, p)
}

func (l *loader) partnerID(v value) string {
	s, ok := v.text(idRule)
	switch taken := slices.ContainsFunc(l.c.Partners, func(p Partner) bool { return p.ID == s }); {
	case !ok:
	case !isID(s):
		v.bad(fmt.Sprintf("%q is no id", s), idRule)
	case taken:
		v.bad(fmt.Sprintf("%q stands here a second time", s), "each id once")
	}
	return s
}

// subscribers reads what a partner needs that asks signers whether it may keep them informed: both or none.
func (p *Partner) subscribers(o *object) {
	const expectedKey = "the public key that the partner made: 32 bytes in base64"
	const expectedPage = "the https address of the page where the partner says what it does with its subscribers' data"
	if key, ok := o.get("key"); ok {
		p.Key = key.publicKey(expectedKey)
		if !o.tried("privacy") {
			key.bad("a key without privacy", "privacy: "+expectedPage)
		}
	}
	if page, ok := o.get("privacy"); ok {
		p.Privacy = page.page(expectedPage)
		if !o.tried("key") {
			page.bad("privacy without a key", "key: "+expectedKey+"; or no privacy")
		}
	}
}

// publicKey does not repeat what stands there: it may be the private key, put in by mistake.
func (v value) publicKey(expected string) *seal.PublicKey {
	s, ok := v.text(expected)
	if !ok {
		return nil
	}
	key, err := seal.ParsePublicKey(s)
	if err != nil {
		v.bad("no public key", expected)
		return nil
	}
	return &key
}

// page reads the https address of a page.
func (v value) page(expected string) string {
	s, ok := v.text(expected)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.User != nil || !isHost(u.Host) || strings.ContainsFunc(s, unprintable) {
		v.bad(fmt.Sprintf("%q is no https address", s), expected)
		return ""
	}
	return s
}

// hostForm is a host as browsers send it, international names in their ASCII form, with or without a port. Wildcards and what has a
// meaning in a policy's header have no place in it.
var hostForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?$`)
})

func isHost(host string) bool { return hostForm().MatchString(host) }

// origin reads a web origin as browsers send it: https, host in lower case, a port only if it isn't the usual one.
func (l *loader) origin(v value, own []string) string {
	s, ok := v.text("https://example.org")
	if !ok {
		return ""
	}
	host, secure := strings.CutPrefix(s, "https://")
	switch {
	case isStaging(s):
		l.staging = append(l.staging, v)
	case !secure || !isHost(host) || strings.HasSuffix(host, ":443"):
		v.bad(fmt.Sprintf("%q is no origin", s), "https://, a host in lower case and nothing behind it, like https://example.org")
		return ""
	}
	for _, p := range append(l.c.Partners, Partner{Origins: own}) {
		if slices.Contains(p.Origins, s) {
			v.bad(fmt.Sprintf("%q stands here a second time", s), "each origin once: it tells the partners apart")
		}
	}
	return s
}

// isStaging says whether an origin is a web server on its developer's own machine.
func isStaging(origin string) bool {
	address, plain := strings.CutPrefix(origin, "http://")
	host, port, given := strings.Cut(address, ":")
	return plain && given && (host == "localhost" || host == "127.0.0.1") && isHost(address) && port != "80"
}

// noStaging refuses to go live with origins that anybody's machine can have.
func (l *loader) noStaging() {
	for _, v := range l.staging {
		s, _ := v.text("")
		v.bad(fmt.Sprintf("mode: live with the origin %q, which is everybody's own machine", s), "an https origin, or mode: test")
	}
}
