package main

import (
	"encoding/json"
	"regexp"
)

// The two statements of PartiQL that the journal writes with, each with its condition.
var (
	insertForm = regexp.MustCompile(`^INSERT INTO "[^"]+" VALUE \{(.*)\}$`)
	insertName = regexp.MustCompile(`'([^']+)':\?`)
	updateForm = regexp.MustCompile(`^UPDATE "[^"]+" (.*) WHERE (.*)$`)
	setOrDrop  = regexp.MustCompile(`(SET|REMOVE) "([^"]+)"`)
	condition  = regexp.MustCompile(`"([^"]+)"=\?`)
)

// execute answers BatchExecuteStatement: each statement succeeds or fails by itself.
func (s *store) execute(statements []statement) (int, any) {
	if len(statements) > 25 {
		return 400, failure("ValidationException", "more than 25 statements")
	}
	responses := make([]map[string]any, len(statements))
	for i, one := range statements {
		code, found := s.executeOne(one)
		responses[i] = map[string]any{}
		if code != "" {
			problem := map[string]any{"Code": code}
			if found != nil {
				problem["Item"] = found
			}
			responses[i]["Error"] = problem
		}
	}
	return 200, map[string]any{"Responses": responses}
}

func (s *store) executeOne(one statement) (string, item) {
	if match := insertForm.FindStringSubmatch(one.Statement); match != nil {
		entry := item{}
		for i, name := range insertName.FindAllStringSubmatch(match[1], -1) {
			entry[name[1]] = one.Parameters[i]
		}
		if found := s.get(entry); found != nil {
			s.count(found, found)
			return "DuplicateItem", nil
		}
		s.put(entry)
		s.count(nil, entry)
		return "", nil
	}
	match := updateForm.FindStringSubmatch(one.Statement)
	if match == nil {
		return "ValidationError", nil
	}
	next := 0
	parameter := func() json.RawMessage { next++; return one.Parameters[next-1] }
	changes := item{}
	var drops []string
	for _, change := range setOrDrop.FindAllStringSubmatch(match[1], -1) {
		if change[1] == "SET" {
			changes[change[2]] = parameter()
		} else {
			drops = append(drops, change[2])
		}
	}
	expected := item{}
	for _, term := range condition.FindAllStringSubmatch(match[2], -1) {
		expected[term[1]] = parameter()
	}
	found := s.get(expected)
	for name, raw := range expected {
		if found == nil || text(found[name]) != text(raw) {
			s.count(found, found)
			return "ConditionalCheckFailed", found
		}
	}
	changed := item{}
	for name, raw := range found {
		changed[name] = raw
	}
	for name, raw := range changes {
		changed[name] = raw
	}
	for _, name := range drops {
		delete(changed, name)
	}
	s.put(changed)
	s.count(found, changed)
	return "", nil
}
