package stack

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"one-click-protest/internal/mailer/ses"
)

const (
	// try is how long one try may take, connecting included: five times what the calls take on a bad day, and three of
	// them fit into the functions' 10 seconds and more (template.yaml). Package ses has its own.
	try = 2 * time.Second
	// dial is how long connecting, and then the handshake, may take.
	dial = time.Second
	// fewConns is how many connections a process has to each service: public counts are sixteen calls at once, not worth
	// sixteen handshakes.
	fewConns = 4
	// senderConns is so many that none of the letters that deliver has on their way at once waits for another's connection.
	senderConns = 8
)

// How long an idle connection may be used again. Lambda freezes the process between requests, and AWS closes a connection
// meanwhile without the process seeing it. net/http compares this with the wall clock, which goes on.
const (
	// idle may be long where a request can be repeated: DynamoDB's carry tokens.
	idle = 30 * time.Second
	// sesIdle is short: a SendEmail on a connection that was closed unseen cannot be told from one that arrived, and
	// stays unknown for good. A new handshake costs a few milliseconds.
	sesIdle = 3 * time.Second
)

// DynamoDB answers a client for the ledger, which does its own retrying.
func DynamoDB(c Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(c.AWS(), func(o *dynamodb.Options) {
		o.BaseEndpoint = optional(c.DynamoDBEndpoint)
	})
}

// SES answers a client for sending, with the promises of [ses.NewClient]: no request leaves twice.
func SES(c Config) *sesv2.Client {
	return ses.NewClient(c.AWS(), c.SESEndpoint, c.transport(sesIdle))
}

// AWS answers what a client of any service is built from. It builds by hand what the SDK's config.LoadDefaultConfig finds in files,
// metadata servers and the environment: in Lambda only the environment counts, and the search costs a millisecond of every
// cold start.
func (c Config) AWS() aws.Config {
	return aws.Config{
		Region:      c.Region,
		Credentials: c.Credentials,
		HTTPClient:  &http.Client{Timeout: try, Transport: c.transport(idle)},
	}
}

// transport speaks HTTP/1.1, because one request at a time needs no streams, and asks no proxy.
func (c Config) transport(idle time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dial}).DialContext,
		TLSHandshakeTimeout: dial,
		TLSClientConfig: &tls.Config{
			RootCAs:            c.Roots,
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(4),
		},
		IdleConnTimeout:     idle,
		MaxConnsPerHost:     c.conns,
		MaxIdleConnsPerHost: c.conns,
	}
}

func optional(endpoint string) *string {
	if endpoint == "" {
		return nil
	}
	return &endpoint
}
