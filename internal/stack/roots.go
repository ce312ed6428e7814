package stack

import _ "embed"

// awsRoots are the certificate authorities that AWS's endpoints chain to: Amazon's own four and the Starfield root that
// older devices need. With only these, the first call need not parse the system's whole bundle, the biggest single cost
// of a Go function's first invocation.
//
// Source: the Mozilla bundle of Debian's ca-certificates; the list is Amazon Trust Services' repository of roots. The first expires on
// 31 December 2037. A test fails when one has less than a year left or another subject than expected. To renew: take the new
// certificates from the same two places, compare their SHA-256 fingerprints, and change roots.pem and the test's table.
// In the time between, AWS_CA_BUNDLE names another file in the function's package.
//
//go:embed roots.pem
var awsRoots []byte
