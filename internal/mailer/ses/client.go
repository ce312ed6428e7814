package ses

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

// NewClient answers a client whose HTTP side never repeats a request. The endpoint is empty for the region's own. The
// transport is nil for the SDK's defaults; it is copied, so it may be shared with other services.
//
// Go's HTTP/2 transport replays streams that a server refused, and redirects are followed by http.Client (the SDK's own
// allows 307 and 308: aws/transport/http, limitedRedirect): each is a second request, and its answer not the first one's.
func NewClient(cfg aws.Config, endpoint string, transport *http.Transport) *sesv2.Client {
	if transport == nil {
		transport = awshttp.NewBuildableClient().GetTransport()
	}
	client := &http.Client{
		Transport:     http1(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return sesv2.NewFromConfig(cfg, once, func(o *sesv2.Options) {
		o.HTTPClient = client
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
}

// maxIdle is how long a connection is kept for the next mail. A request that meets a dead connection may have been read for
// all we know, and its mail ends as unknown; a frozen function wakes with dead connections. net/http holds this limit by the
// wall clock when it picks a connection, so that sleep counts too. A new TLS handshake costs a few milliseconds.
const maxIdle = 5 * time.Second

// http1 answers a copy that speaks HTTP/1.1 only and keeps no old connections.
func http1(t *http.Transport) *http.Transport {
	t = t.Clone()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	if t.IdleConnTimeout == 0 || t.IdleConnTimeout > maxIdle {
		t.IdleConnTimeout = maxIdle
	}
	t.TLSNextProto = nil
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil
	}
	return t
}
