package mailertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Answer is how the fake SES endpoint treats one request.
type Answer func(http.ResponseWriter, *Request)

// Accept takes the mail and says so, if the account lets it.
func Accept() Answer {
	return func(w http.ResponseWriter, r *Request) {
		m, ok := r.read(w)
		if !ok {
			return
		}
		id, no := r.ses.admit(m)
		if no != nil {
			refuse(w, no.status, no.code, no.message)
			return
		}
		accept(w, id)
	}
}

// Refuse answers one of SES's errors, as the service does: the code in a header, the message in the body.
func Refuse(status int, code, message string) Answer {
	return func(w http.ResponseWriter, r *Request) {
		if _, ok := r.read(w); ok {
			refuse(w, status, code, message)
		}
	}
}

// RefuseInBody answers an error in the other form that restJson1 allows: the code in the body, with a namespace.
func RefuseInBody(status int, code, message string) Answer {
	return func(w http.ResponseWriter, r *Request) {
		if _, ok := r.read(w); ok {
			writeJSON(w, status, map[string]string{"__type": "com.amazonaws.sesv2#" + code, "message": message})
		}
	}
}

// CutRefusal answers an error whose body ends too early.
func CutRefusal(status int, code string) Answer {
	return func(w http.ResponseWriter, r *Request) {
		if _, ok := r.read(w); ok {
			w.Header().Set("X-Amzn-Errortype", code)
			cut(w, status, `{"message":"Ema`)
		}
	}
}

// HTML answers a page, as a load balancer or a proxy does, without taking the mail.
func HTML(status int) Answer {
	return func(w http.ResponseWriter, r *Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html><body><h1>%d %s</h1></body></html>", status, http.StatusText(status))
	}
}

// Redirect answers a redirect to another place, without taking the mail.
func Redirect(status int, to string) Answer {
	return func(w http.ResponseWriter, r *Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// CloseUnread closes the connection without reading the request's body.
func CloseUnread() Answer {
	return func(http.ResponseWriter, *Request) { panic(http.ErrAbortHandler) }
}

// CloseRead reads the request, takes the mail or not, and closes the connection without an answer.
func CloseRead(taken bool) Answer {
	return lost(taken, func(http.ResponseWriter, *Request) { panic(http.ErrAbortHandler) })
}

// Silent reads the request, takes the mail or not, calls reached, if it is not nil, and says nothing until the client has gone.
func Silent(taken bool, reached func()) Answer {
	return lost(taken, func(_ http.ResponseWriter, r *Request) {
		if reached != nil {
			reached()
		}
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // returning would be an answer, which a client that is just giving up might still read
	})
}

// Cut takes the mail or not, and closes in the middle of the good answer.
func Cut(taken bool) Answer {
	return lost(taken, func(w http.ResponseWriter, _ *Request) { cut(w, http.StatusOK, `{"MessageId":"01000`) })
}

// Garbled takes the mail or not, and answers 200 with this body in place of SES's.
func Garbled(taken bool, body string) Answer {
	return lost(taken, func(w http.ResponseWriter, _ *Request) { _, _ = io.WriteString(w, body) })
}

// Break takes the mail or not, and answers this status with SES's JSON for an internal failure.
func Break(taken bool, status int) Answer {
	return lost(taken, func(w http.ResponseWriter, _ *Request) {
		refuse(w, status, "InternalServerErrorException", "internal")
	})
}

// lost reads the request, takes the mail or not, and leaves the rest to what follows.
func lost(taken bool, then func(http.ResponseWriter, *Request)) Answer {
	return func(w http.ResponseWriter, r *Request) {
		m, ok := r.read(w)
		if !ok {
			return
		}
		if taken {
			r.ses.take(m)
		}
		then(w, r)
	}
}

func accept(w http.ResponseWriter, id string) {
	writeJSON(w, http.StatusOK, map[string]string{"MessageId": id})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code+":http://internal.amazon.com/coral/com.amazonaws.services.simpleemail.v2/")
	writeJSON(w, status, map[string]string{"message": message})
}

func cut(w http.ResponseWriter, status int, part string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "200")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, part)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", "7a1b5c2e-0000-4000-8000-000000000000")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
