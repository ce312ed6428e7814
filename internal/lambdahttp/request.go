package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// errEvent: not an event of an HTTP API with payload format 2.0.
var errEvent = errors.New("not a request of payload format 2.0")

// request is the event as net/http's server would have handed it over.
func request(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" {
		return nil, errEvent
	}
	body, err := content(e)
	if err != nil {
		return nil, err
	}
	u := &url.URL{Path: path(e), RawQuery: e.RawQueryString}
	r := &http.Request{
		Method:        e.RequestContext.HTTP.Method,
		URL:           u,
		RequestURI:    u.RequestURI(),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header(e),
		Host:          e.RequestContext.DomainName, // the gateway's own: it routes by it, so no visitor can forge it
		RemoteAddr:    net.JoinHostPort(e.RequestContext.HTTP.SourceIP, "0"),
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
	}
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r.WithContext(ctx), nil
}

// content is the posted body. The gateway encodes whatever is no text or JSON, so also ordinary forms.
func content(e events.APIGatewayV2HTTPRequest) ([]byte, error) {
	if !e.IsBase64Encoded {
		return []byte(e.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return body, nil
}

// path is taken literally: an HTTP API's rawPath is percent-decoded already, whatever its name says, so %2F has become a
// slash by now and a % is a %. A stage other than $default stands before it.
func path(e events.APIGatewayV2HTTPRequest) string {
	p := e.RawPath
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(p, "/"+stage); ok && (rest == "" || rest[0] == '/') {
			p = rest
		}
	}
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return p
}

// header leaves repeated headers joined by commas as the gateway has them, which RFC 9110, section 5.3, says is the
// same. Cookies come apart from them and are joined as a browser would (RFC 6265, section 4.2.1).
func header(e events.APIGatewayV2HTTPRequest) http.Header {
	h := make(http.Header, len(e.Headers)+1)
	for name, value := range e.Headers {
		h.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		h.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	h.Del("Host")
	return h
}
