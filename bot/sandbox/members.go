package sandbox

import (
	"net/http"
	"strings"
)

func (t *Teams) members(w http.ResponseWriter, r *http.Request) {
	at, ok := t.place(r.PathValue("chat"))
	if !ok {
		fault(w, http.StatusNotFound, "ConversationNotFound", "No such conversation here.")
		return
	}
	list := []map[string]string{}
	for _, p := range t.cfg.People() {
		if at.Person == nil || at.Person.ID == p.ID {
			list = append(list, t.memberOf(p))
		}
	}
	if strings.HasSuffix(r.URL.Path, "/pagedmembers") {
		answer(w, http.StatusOK, map[string]any{"members": list})
		return
	}
	answer(w, http.StatusOK, list)
}

func (t *Teams) member(w http.ResponseWriter, r *http.Request) {
	at, ok := t.place(r.PathValue("chat"))
	p, known := t.person(r.PathValue("person"))
	if !ok || !known || at.Person != nil && at.Person.ID != p.ID {
		fault(w, http.StatusNotFound, "MemberNotFoundInConversation", "No such member here.")
		return
	}
	answer(w, http.StatusOK, t.memberOf(p))
}

// memberOf names the Entra id both ways: clients differ.
func (t *Teams) memberOf(p Person) map[string]string {
	return map[string]string{
		"id": t.mri(p), "name": p.Name, "aadObjectId": p.ID, "objectId": p.ID,
		"tenantId": t.tenant, "userRole": "user",
	}
}
