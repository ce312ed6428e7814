package stack_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/stacktest"
)

// deployment is what template.yaml sets up, on this machine: the environment of its functions, a fake SES, a secret, a topic, and
// whatever plays DynamoDB. All speak TLS.
type deployment struct {
	env   map[string]string
	ses   *mailertest.SES
	topic *stacktest.Topic
}

func deploy(t testing.TB, env map[string]string, dynamoDB http.Handler) *deployment {
	t.Helper()
	d := &deployment{env: maps.Clone(env), ses: mailertest.NewSES(t), topic: &stacktest.Topic{}}
	sending, topic := serve(t, d.ses), serve(t, d.topic)
	table := serve(t, dynamoDB)
	secret := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"SecretString":"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"}`)
	}))
	d.env["PROTEST_DYNAMODB_ENDPOINT"] = table.URL
	d.env["PROTEST_SECRET_ENDPOINT"] = secret.URL
	d.env["PROTEST_SES_ENDPOINT"] = sending.URL
	d.env["PROTEST_SNS_ENDPOINT"] = topic.URL
	d.env["PROTEST_GRID_MS"] = "1"
	d.env["GOMAXPROCS"] = "1" // as in template.yaml
	d.env["AWS_CA_BUNDLE"] = bundle(t, sending.TLS.Certificates[0], topic.TLS.Certificates[0], table.TLS.Certificates[0], secret.TLS.Certificates[0])
	return d
}

// serve has a certificate of its own: the RSA key of httptest's would cost the measured machine a millisecond a handshake.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func bundle(t testing.TB, certificates ...tls.Certificate) string {
	t.Helper()
	var text bytes.Buffer
	for _, c := range certificates {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// cannedDynamoDB answers as for an adopted, otherwise empty ledger, and keeps nothing: fast enough to measure a function by.
func cannedDynamoDB(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	body := "{}"
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeTable") {
		body = `{"Table":{"TableId":"9d3f6c1e-0000-4000-8000-000000000000"}}`
	}
	_, _ = io.WriteString(w, body)
}

// watched is DynamoDB Local behind a door that notes what is done to which table, in the names that IAM policies use.
type watched struct {
	proxy *httputil.ReverseProxy

	mu   sync.Mutex
	done map[string]bool // "action table", "action table/index/name"
}

// localTables makes the two tables in DynamoDB Local, and has env name them.
func localTables(t testing.TB, env map[string]string) dynamotest.Local {
	t.Helper()
	local := dynamotest.Open(t)
	env["PROTEST_LEDGER_TABLE"], env["PROTEST_PRIVATE_TABLE"] = local.Ledger, local.Private
	env["AWS_ACCESS_KEY_ID"], env["AWS_REGION"] = dynamotest.Key, dynamotest.Region
	return local
}

// watch answers a door of its own to DynamoDB Local.
func watch(t testing.TB, local dynamotest.Local) *watched {
	t.Helper()
	endpoint, err := url.Parse(local.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &watched{proxy: httputil.NewSingleHostReverseProxy(endpoint), done: map[string]bool{}}
}

// ServeHTTP implements http.Handler.
func (d *watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	d.note(r.Header.Get("X-Amz-Target"), body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.proxy.ServeHTTP(w, r)
}

func (d *watched) note(target string, body []byte) {
	type on struct{ TableName *string }
	var call struct {
		TableName     *string
		IndexName     *string
		TransactItems []struct{ Put, Update, Delete, ConditionCheck, Get *on }
	}
	_ = json.Unmarshal(body, &call) // DynamoDB Local refuses what is no JSON
	_, operation, _ := strings.Cut(target, ".")
	d.mu.Lock()
	defer d.mu.Unlock()
	mark := func(action string, table *on) {
		if table != nil {
			d.done["dynamodb:"+action+" "+aws.ToString(table.TableName)] = true
		}
	}
	for _, i := range call.TransactItems {
		mark("PutItem", i.Put)
		mark("UpdateItem", i.Update)
		mark("DeleteItem", i.Delete)
		mark("ConditionCheckItem", i.ConditionCheck)
		mark("GetItem", i.Get)
	}
	if call.IndexName != nil {
		call.TableName = aws.String(aws.ToString(call.TableName) + "/index/" + *call.IndexName)
	}
	if call.TransactItems == nil {
		mark(operation, &on{call.TableName})
	}
}

// actions answers what was done to a table, or to an index.
func (d *watched) actions(table string) map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]bool{}
	for done := range d.done {
		if action, on, _ := strings.Cut(done, " "); on == table {
			all[action] = true
		}
	}
	return all
}
