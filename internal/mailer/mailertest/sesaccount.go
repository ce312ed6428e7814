package mailertest

import (
	"net/http"
	"time"
)

// SESAccount is what the endpoint says of its account. Names as in the SESv2 API reference, GetAccount.
type SESAccount struct {
	Max24HourSend     float64 // the quota; -1: unlimited
	MaxSendRate       float64 // mails a second
	Sent              float64 // SentLast24Hours: each mail that is taken adds one, and nothing ages
	Disabled          bool    // not SendingEnabled
	EnforcementStatus string  // HEALTHY, PROBATION, SHUTDOWN
	Sandbox           bool    // not ProductionAccessEnabled
	// Enforce makes the endpoint refuse mails by quota, rate, Disabled and SHUTDOWN, as SES does. The rate is a bucket of one
	// second's mails, by Now. Scripted answers other than [Accept] go before.
	Enforce bool
	// Now is the endpoint's clock, for the rate; nil for time.Now.
	Now func() time.Time
}

// Unlimited is the account that an endpoint begins with.
func Unlimited() SESAccount {
	return SESAccount{Max24HourSend: -1, MaxSendRate: 1000, EnforcementStatus: "HEALTHY"}
}

// account is the endpoint's own view of it.
type account struct {
	SESAccount
	asked  int
	script []Answer

	tokens float64 // what is left in the rate's bucket at
	at     time.Time
}

// SetAccount replaces the account; the rate's bucket is full again.
func (s *SES) SetAccount(a SESAccount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Now == nil {
		a.Now = time.Now
	}
	s.account.SESAccount = a
	s.account.tokens, s.account.at = a.burst(), a.Now()
}

// Account answers the account as it stands.
func (s *SES) Account() SESAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.SESAccount
}

// ScriptAccount appends the answers to the next calls of GetAccount, in order; after them the account is answered. Answers that
// look for a mail ([Accept], [Refuse], [Silent] …) are not for it.
func (s *SES) ScriptAccount(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.script = append(s.account.script, answers...)
}

// Asked answers how many calls of GetAccount came, answered or not.
func (s *SES) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.asked
}

func (s *SES) nextAccount() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.asked++
	if len(s.account.script) == 0 {
		return tellAccount
	}
	answer := s.account.script[0]
	s.account.script = s.account.script[1:]
	return answer
}

func tellAccount(w http.ResponseWriter, r *Request) {
	if !r.signed(w) {
		return
	}
	a := r.ses.Account()
	writeJSON(w, http.StatusOK, map[string]any{
		"DedicatedIpAutoWarmupEnabled": false,
		"EnforcementStatus":            a.EnforcementStatus,
		"ProductionAccessEnabled":      !a.Sandbox,
		"SendingEnabled":               !a.Disabled,
		"SendQuota": map[string]float64{
			"Max24HourSend": a.Max24HourSend, "MaxSendRate": a.MaxSendRate, "SentLast24Hours": a.Sent,
		},
		"SuppressionAttributes": map[string]any{"SuppressedReasons": []string{"BOUNCE", "COMPLAINT"}},
	})
}

// refusal is one of SES's errors.
type refusal struct {
	status        int
	code, message string
}

// admit takes a mail, or says why the account doesn't let it. Of parallel mails no more get in than there is room for.
func (s *SES) admit(m SESMail) (id string, no *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if no := s.account.refuses(); no != nil {
		return "", no
	}
	return s.keep(m), nil
}

// refuses takes a token of the rate where nothing else speaks against it. Messages: SES developer guide, "Errors related to
// the sending quotas for your Amazon SES account".
func (a *account) refuses() *refusal {
	switch {
	case !a.Enforce:
		return nil
	case a.EnforcementStatus == "SHUTDOWN":
		return &refusal{http.StatusBadRequest, "AccountSuspendedException", "Sending suspended for this account."}
	case a.Disabled:
		return &refusal{http.StatusBadRequest, "SendingPausedException", "Sending paused for this account."}
	case a.Max24HourSend >= 0 && a.Sent >= a.Max24HourSend:
		return &refusal{http.StatusBadRequest, "LimitExceededException", "Daily message quota exceeded."}
	case !a.token():
		return &refusal{http.StatusTooManyRequests, "TooManyRequestsException", "Maximum sending rate exceeded."}
	}
	return nil
}

func (a *account) token() bool {
	now := a.Now()
	a.tokens = min(a.tokens+now.Sub(a.at).Seconds()*a.MaxSendRate, a.burst())
	a.at = now
	if a.tokens < 1 {
		return false
	}
	a.tokens--
	return true
}

// burst: a rate below one a second still lets one mail through.
func (a *SESAccount) burst() float64 { return max(a.MaxSendRate, 1) }
