package desk

import (
	"net"
	"net/url"
	"regexp"
	"sync"
)

// localURL is where serve listens unless told otherwise.
const localURL = "http://127.0.0.1:8080"

// siteFlag is for commands that print links.
type siteFlag struct {
	URL string `name:"url" help:"Where signers reach the form, as https://HOST; the local server's if none is given." placeholder:"URL"`
}

// hostForm is a name or an address, with or without a port: it is printed into HTML that partners paste.
var hostForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?$`)
})

// site answers scheme and host under which signers reach the form. A deployment's own has to be named.
func (f siteFlag) site(remote bool) (string, error) {
	if f.URL == "" && remote {
		return "", misused("a deployment needs --url too: where signers reach it, as https://HOST")
	}
	if f.URL == "" {
		return localURL, nil
	}
	u, err := url.Parse(f.URL)
	if err != nil || !hostForm().MatchString(u.Host) || f.URL != u.Scheme+"://"+u.Host {
		return "", misused("--url: expected https://HOST and nothing behind it")
	}
	ip := net.ParseIP(u.Hostname())
	if loopback := ip != nil && ip.IsLoopback(); u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return "", misused("--url: expected https; http only on this machine")
	}
	return f.URL, nil
}
