package stack_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The fingerprints as Amazon Trust Services publishes them beside its roots.
var known = map[string]string{
	"Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
	"Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
	"Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
	"Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
	"Starfield Services Root Certificate Authority - G2": "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}

func TestRoots(t *testing.T) {
	got := map[string]string{}
	for _, c := range certificates(t, "roots.pem") {
		got[c.Subject.CommonName] = fingerprint(c)
		if err := c.CheckSignatureFrom(c); err != nil {
			t.Errorf("%s is not signed by itself: %v", c.Subject, err)
		}
		if left := time.Until(c.NotAfter); left < 365*24*time.Hour {
			t.Errorf("%s expires on %s: renew it, see roots.go", c.Subject, c.NotAfter.Format(time.DateOnly))
		}
		if !c.IsCA || time.Now().Before(c.NotBefore) {
			t.Errorf("%s is no certificate authority, or not yet", c.Subject)
		}
	}
	if diff := cmp.Diff(known, got); diff != "" {
		t.Errorf("roots (-known +roots.pem):\n%s", diff)
	}
}

func certificates(t *testing.T, file string) []*x509.Certificate {
	t.Helper()
	rest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
