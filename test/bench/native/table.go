package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// table answers DynamoDB's JSON protocol for exactly the requests that lambda/src/journal/dynamo.ts makes, on a table with
// the keys pk and sk and the sparse indexes `open` (open_stream, open_since) and `due` (open_stream, next_attempt); anything else is refused. Each answer takes as
// long as it does on AWS. It checks no signatures. PUT /?copies=N has the indexes hold N
// copies of an item, with names of their own. GET / tells how many requests and units there were, and what is stored.
// Units as they are billed: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
// and, for the index, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
// `benchtools table ADDRESS LATENCY`
func table(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: table ADDRESS LATENCY")
	}
	latency, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return http.Serve(listener, &store{items: map[string]map[string]item{}, indexed: newIndexes(), latency: latency})
}

type item = map[string]json.RawMessage

type store struct {
	mutex   sync.Mutex
	items   map[string]map[string]item
	indexed *indexes
	latency time.Duration

	requests, writes, writeUnits, reads, halfReadUnits atomic.Int64
}

type request struct {
	Key, Item                 item
	IndexName                 string
	ConditionExpression       string
	KeyConditionExpression    string
	UpdateExpression          string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues item
	ExclusiveStartKey         item
	ConsistentRead            bool
	Limit                     int
	Select                    string
	RequestItems              map[string]struct {
		Keys           []item
		ConsistentRead bool
	}
	Statements []statement
}

type statement struct {
	Statement  string
	Parameters []json.RawMessage
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		items, bytes, open := s.stored()
		fmt.Fprintf(w, `{"requests":%d,"writes":%d,"writeUnits":%d,"reads":%d,"readUnits":%g,"items":%d,"bytes":%d,"open":%d}`,
			s.requests.Load(), s.writes.Load(), s.writeUnits.Load(), s.reads.Load(), float64(s.halfReadUnits.Load())/2, items, bytes, open)
		return
	}
	if r.Method == http.MethodPut {
		s.fill(w, r)
		return
	}
	started := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.requests.Add(1)
	var in request
	status, out := 400, any(nil)
	if err := json.Unmarshal(body, &in); err != nil {
		out = failure("SerializationException", err.Error())
	} else {
		status, out = s.answer(strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810."), &in)
	}
	encoded, err := json.Marshal(out)
	if err != nil {
		encoded, status = []byte(`{"__type":"InternalServerError"}`), 500
	}
	time.Sleep(s.latency - time.Since(started))
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	// As DynamoDB does; Go would send what is longer than 2 KB in chunks.
	w.Header().Set("Content-Length", strconv.Itoa(len(encoded)))
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}

func failure(kind, message string) map[string]any {
	return map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + kind, "message": message}
}

func (s *store) answer(operation string, in *request) (int, any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch operation {
	case "GetItem":
		found := s.get(in.Key)
		s.countRead(sizeOf(found), in.ConsistentRead)
		if found != nil {
			return 200, map[string]any{"Item": found}
		}
		return 200, map[string]any{}
	case "BatchGetItem":
		responses := map[string][]item{}
		for name, wanted := range in.RequestItems {
			for _, key := range wanted.Keys {
				found := s.get(key)
				s.countRead(sizeOf(found), wanted.ConsistentRead)
				if found != nil {
					responses[name] = append(responses[name], found)
				}
			}
		}
		return 200, map[string]any{"Responses": responses, "UnprocessedKeys": map[string]any{}}
	case "PutItem":
		return s.write(in.Item, in, func() { s.put(in.Item) })
	case "DeleteItem":
		return s.write(in.Key, in, func() { s.remove(in.Key) })
	case "UpdateItem":
		return s.write(in.Key, in, func() { s.add(in) })
	case "BatchExecuteStatement":
		return s.execute(in.Statements)
	case "Query":
		return s.query(in)
	case "Scan":
		return s.page(s.indexed.scan(in.ExclusiveStartKey), in)
	}
	return 400, failure("UnknownOperationException", operation)
}

// text takes the string out of {"S":"…"}, and the number out of {"N":"…"}.
func text(raw json.RawMessage) string {
	var v struct{ S, N string }
	_ = json.Unmarshal(raw, &v)
	return v.S + v.N
}

func (s *store) get(key item) item { return s.items[text(key["pk"])][text(key["sk"])] }

func (s *store) put(entry item) {
	s.indexed.change(s.get(entry), entry)
	pk := text(entry["pk"])
	if s.items[pk] == nil {
		s.items[pk] = map[string]item{}
	}
	s.items[pk][text(entry["sk"])] = entry
}

func (s *store) remove(key item) {
	s.indexed.change(s.get(key), nil)
	delete(s.items[text(key["pk"])], text(key["sk"]))
}

func (s *store) fill(w http.ResponseWriter, r *http.Request) {
	var template item
	copies, err := strconv.Atoi(r.URL.Query().Get("copies"))
	if failed := json.NewDecoder(r.Body).Decode(&template); err != nil || failed != nil {
		w.WriteHeader(400)
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.indexed.fill(template, copies)
}

func (s *store) write(key item, in *request, apply func()) (int, any) {
	found := s.get(key)
	if !holds(in, found) {
		s.count(found, found)
		out := failure("ConditionalCheckFailedException", "The conditional request failed")
		if found != nil {
			out["Item"] = found
		}
		return 400, out
	}
	apply()
	s.count(found, s.get(key))
	return 200, map[string]any{}
}

func sizeOf(entry item) int {
	size := 0
	for name, raw := range entry {
		size += len(name) + len(raw) - 6
	}
	return size
}

func unitsOf(size, unit int) int64 { return int64(max(1, (size+unit-1)/unit)) }

// A write costs a unit per KiB begun of the larger of what was and what is, also where its condition doesn't hold. The index
// costs as much again where what it carries is added, changed or taken away, and twice where its key changes.
func (s *store) count(before, after item) {
	units := unitsOf(max(sizeOf(before), sizeOf(after)), 1024)
	was, is := before["open_stream"] != nil, after["open_stream"] != nil
	earlier, later := projected(before), projected(after)
	switch {
	case was && is && (text(earlier["open_stream"]) != text(later["open_stream"]) || text(earlier["open_since"]) != text(later["open_since"])):
		units += unitsOf(sizeOf(earlier), 1024) + unitsOf(sizeOf(later), 1024)
	case was != is || was && !same(earlier, later):
		units += unitsOf(max(sizeOf(earlier), sizeOf(later)), 1024)
	}
	// The index `due` carries keys alone: added, taken away, or both.
	if was && (!is || dueKey(before) != dueKey(after)) {
		units++
	}
	if is && (!was || dueKey(before) != dueKey(after)) {
		units++
	}
	s.writes.Add(1)
	s.writeUnits.Add(units)
}

func same(one, other item) bool {
	if len(one) != len(other) {
		return false
	}
	for name, raw := range one {
		if string(raw) != string(other[name]) {
			return false
		}
	}
	return true
}

// A read costs a unit per 4 KiB begun, and half of that where it need not be consistent.
func (s *store) countRead(size int, consistent bool) {
	units := unitsOf(size, 4096)
	if consistent {
		units *= 2
	}
	s.reads.Add(1)
	s.halfReadUnits.Add(units)
}

// What is stored, in the table and in the index, with the 100 bytes that are billed for each item of either.
func (s *store) stored() (items, bytes, open int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, partition := range s.items {
		for _, entry := range partition {
			items++
			bytes += sizeOf(entry) + 100
			if state := text(entry["state"]); state == "pending" || state == "active" {
				open++
			}
			if entry["open_stream"] != nil {
				bytes += sizeOf(projected(entry)) + 100 + sizeOf(keysOf(entry, "due")) + 100
			}
		}
	}
	return items, bytes, open
}

func holds(in *request, found item) bool {
	switch in.ConditionExpression {
	case "":
		return true
	case "attribute_not_exists(pk)":
		return found == nil
	case "attribute_exists(pk)":
		return found != nil
	}
	for _, term := range strings.Split(in.ConditionExpression, " AND ") {
		name, placeholder, ok := strings.Cut(term, " = ")
		if !ok || found == nil || text(found[in.ExpressionAttributeNames[name]]) != text(in.ExpressionAttributeValues[placeholder]) {
			return false
		}
	}
	return true
}

func (s *store) add(in *request) {
	changed := item{}
	for name, raw := range s.get(in.Key) {
		changed[name] = raw
	}
	name := in.ExpressionAttributeNames["#a"]
	before, _ := strconv.Atoi(text(changed[name]))
	amount, _ := strconv.Atoi(text(in.ExpressionAttributeValues[":n"]))
	changed[name] = json.RawMessage(fmt.Sprintf(`{"N":"%d"}`, before+amount))
	s.put(changed)
}

func (s *store) query(in *request) (int, any) {
	if in.IndexName != "" {
		return s.page(s.indexed.query(in), in)
	}
	var found []item
	for _, entry := range s.items[text(in.ExpressionAttributeValues[":pk"])] {
		found = append(found, entry)
	}
	sort.Slice(found, func(a, b int) bool { return text(found[a]["sk"]) < text(found[b]["sk"]) })
	if in.ExclusiveStartKey != nil {
		last := text(in.ExclusiveStartKey["sk"])
		found = found[sort.Search(len(found), func(i int) bool { return text(found[i]["sk"]) > last }):]
	}
	return s.page(func(yield func(item) bool) {
		for _, entry := range found {
			if !yield(entry) {
				return
			}
		}
	}, in)
}

// Pages end at 1 MiB, as DynamoDB's do.
func (s *store) page(found iter.Seq[item], in *request) (int, any) {
	size, count, more := 0, 0, false
	items := []item{}
	var last item
	for entry := range found {
		if size >= 1<<20 || in.Limit > 0 && count == in.Limit {
			more = true
			break
		}
		carried := carriedBy(in.IndexName, entry)
		size += sizeOf(carried)
		count++
		last = entry
		if in.Select != "COUNT" {
			items = append(items, carried)
		}
	}
	s.countRead(size, in.ConsistentRead)
	out := map[string]any{"Count": count}
	if in.Select != "COUNT" {
		out["Items"] = items
	}
	if more {
		out["LastEvaluatedKey"] = keysOf(last, in.IndexName)
	}
	return 200, out
}
