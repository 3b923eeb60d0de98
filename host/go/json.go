package cretula

import (
	"bytes"
	"encoding/base64"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"strconv"
)

// schemaOf returns the `schema` member of a document, or "".
func schemaOf(document []byte) string {
	var head struct {
		Schema string `json:"schema"`
	}
	if json.Unmarshal(document, &head) != nil {
		return ""
	}
	return head.Schema
}

// object writes a JSON object member by member. Values of others are embedded as they are written, for the
// module to judge; each is checked to be one value, so that none reaches beyond its place.
type object struct {
	members []member
	err     error
}

type member struct {
	name  string
	value jsontext.Value
}

func (o object) raw(name string, value jsontext.Value) object {
	if o.err == nil && !isOneValue(value) {
		o.err = &AttestError{code: "input/syntax", path: "/" + name, detail: "expected one JSON value"}
	}
	o.members = append(o.members, member{name, value})
	return o
}

// rawOr embeds a value, or the one that stands for nothing.
func (o object) rawOr(name string, value jsontext.Value, empty string) object {
	if value == nil {
		value = jsontext.Value(empty)
	}
	return o.raw(name, value)
}

func (o object) text(name, text string) object {
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil && o.err == nil {
		o.err = &AttestError{code: "input/utf8", path: "/" + name, detail: "expected UTF-8"}
	}
	o.members = append(o.members, member{name, value})
	return o
}

func (o object) textUnlessEmpty(name, text string) object {
	if text == "" {
		return o
	}
	return o.text(name, text)
}

func (o object) binary(name string, content []byte) object {
	return o.text(name, base64.StdEncoding.EncodeToString(content))
}

func (o object) uint(name string, number uint64) object {
	o.members = append(o.members, member{name, strconv.AppendUint(nil, number, 10)})
	return o
}

// object embeds another object; the place of what is wrong in it is below this member.
func (o object) object(name string, inner object) object {
	var failed *AttestError
	if o.err == nil && errors.As(inner.err, &failed) {
		o.err = &AttestError{code: failed.code, path: "/" + name + failed.path, detail: failed.detail}
	}
	inner.err = nil
	value, _ := inner.encode()
	o.members = append(o.members, member{name, value})
	return o
}

// value embeds something that Go writes.
func (o object) value(name string, in any) object {
	value, err := json.Marshal(in, json.Deterministic(true))
	if err != nil {
		if o.err == nil {
			o.err = &AttestError{code: syntaxCode(err), path: "/" + name, detail: "cannot be written as JSON"}
		}
		value = []byte("null")
	}
	o.members = append(o.members, member{name, value})
	return o
}

func (o object) encode() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	var out bytes.Buffer
	for n, member := range o.members {
		out.WriteByte("{,"[min(n, 1)])
		out.WriteString(strconv.Quote(member.name))
		out.WriteByte(':')
		out.Write(member.value)
	}
	if len(o.members) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// isOneValue says whether a text is one JSON value. Duplicate names and bad UTF-8 are left to the module,
// which has codes for them.
func isOneValue(value jsontext.Value) bool {
	return value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// syntaxCode is the code for what the reader of Go refuses.
func syntaxCode(err error) string {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return "input/duplicate-key"
	}
	return "input/syntax"
}
