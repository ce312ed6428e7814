package campaign

import (
	"errors"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parse shields the process from a panic in the parser, which its own fuzzing has met before.
func parse(src []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the parser gave up on it")
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey()) // duplicates are told by object, all of them
}

// syntaxError answers where and what, without the library's excerpt of the source.
func syntaxError(err error) (line int, what string) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) {
		return 1, err.Error()
	}
	if tk := at.GetToken(); tk != nil && tk.Position != nil {
		line = opening(tk).Position.Line
	}
	return line, at.GetMessage()
}

// opening answers the innermost bracket that is still open before a token: where the mistake is, rather than where the parser
// met it. It answers the token itself if there is none.
func opening(tk *token.Token) *token.Token {
	closed := 0
	for t := tk; t != nil; t = t.Prev {
		switch t.Type {
		case token.SequenceEndType, token.MappingEndType:
			closed++
		case token.SequenceStartType, token.MappingStartType:
			if closed == 0 && t.Position != nil {
				return t
			}
			closed--
		}
	}
	return tk
}
