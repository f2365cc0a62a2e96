package graph_test

import (
	"strings"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/catalog"
)

// FuzzAnswer: whatever a server answers, nothing falls over, and no role comes of a group that is not named
// in the answer.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"value":[]}`, `{"value":["` + admins + `",null,1,{}]}`, `{"value":[[]]}`, `[]`,
		`{"value":[{"id":"` + tech + `","displayName":"x"},null,{"id":1}],"@odata.nextLink":1}`, `{"id":{}}`, `1`,
		`{"value":[{"@odata.type":"#microsoft.graph.group"}],"@odata.count":"x"}`, `{"error":[]}`} {
		f.Add(s, 200)
		f.Add(s, 404)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		if status < 200 || status > 599 || status == 204 || status == 304 || len(body) > 1<<16 ||
			status == 429 || status >= 500 || body == "" {
			return
		}
		w := onto(t, fill(bottest.GraphInProcess()), map[catalog.Role][]string{catalog.Admin: {admins}})
		w.fake.Fail(bottest.Fault{Status: status, Body: body})
		got, err := w.Roles(t.Context(), tech)
		if got != 0 && (err != nil || status != 200 || !strings.Contains(strings.ToLower(body), admins[9:])) {
			t.Errorf("%v %v of %d %q", got, err, status, body)
		}
		w.fake.Fail(bottest.Fault{Status: status, Body: body})
		if people, err := w.Members(t.Context(), catalog.Admin); err != nil && people != nil {
			t.Errorf("%v %v of %d %q", people, err, status, body)
		}
	})
}
