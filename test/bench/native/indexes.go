package main

import (
	"encoding/json"
	"fmt"
	"iter"
	"sort"
)

// indexes holds what has an open_stream, by stream and in the order of each index. An order is made when it is asked for, and
// again after the stream has changed.
type indexes struct {
	open   map[string]map[string]item
	orders map[string]map[string][]ordered
	// By stream, copies of one item: a million of them take no memory but their place in an order.
	copies map[string]copies
}

type copies struct {
	template item
	count    int
}

type ordered struct {
	key   string
	entry item
	// Which copy of entry it is; 0 for itself.
	copy int
}

func (o ordered) item() item {
	if o.copy == 0 {
		return o.entry
	}
	out := item{}
	for name, raw := range o.entry {
		out[name] = raw
	}
	out["sk"] = json.RawMessage(fmt.Sprintf(`{"S":"%s"}`, nameOf(o.entry, o.copy)))
	return out
}

func nameOf(template item, n int) string { return fmt.Sprintf("%s-%08d", text(template["sk"]), n) }

func (x *indexes) fill(template item, count int) {
	stream := text(template["open_stream"])
	x.copies[stream] = copies{template, count}
	delete(x.orders["open"], stream)
	delete(x.orders["due"], stream)
}

func newIndexes() *indexes {
	return &indexes{
		open:   map[string]map[string]item{},
		orders: map[string]map[string][]ordered{"open": {}, "due": {}},
		copies: map[string]copies{},
	}
}

func idOf(entry item) string { return text(entry["pk"]) + "\x00" + text(entry["sk"]) }

func (x *indexes) change(before, after item) {
	for _, entry := range []item{before, after} {
		if stream := text(entry["open_stream"]); stream != "" {
			delete(x.orders["open"], stream)
			delete(x.orders["due"], stream)
			delete(x.open[stream], idOf(entry))
		}
	}
	if stream := text(after["open_stream"]); stream != "" {
		if x.open[stream] == nil {
			x.open[stream] = map[string]item{}
		}
		x.open[stream][idOf(after)] = after
	}
}

func padded(number string) string { return fmt.Sprintf("%020s", number) }

func dueKey(entry item) string {
	return text(entry["open_stream"]) + "\x00" + padded(text(entry["next_attempt"]))
}

func keyIn(index string, entry item) string {
	if index == "due" {
		return padded(text(entry["next_attempt"])) + "\x00" + idOf(entry)
	}
	return text(entry["open_since"]) + "\x00" + idOf(entry)
}

func (x *indexes) order(index, stream string) []ordered {
	if found, ok := x.orders[index][stream]; ok {
		return found
	}
	found := make([]ordered, 0, len(x.open[stream]))
	for _, entry := range x.open[stream] {
		found = append(found, ordered{keyIn(index, entry), entry, 0})
	}
	filled := x.copies[stream]
	if filled.count > 0 {
		key := keyIn(index, filled.template)
		for n := range filled.count {
			found = append(found, ordered{fmt.Sprintf("%s-%08d", key, n+1), filled.template, n + 1})
		}
	}
	sort.Slice(found, func(a, b int) bool { return found[a].key < found[b].key })
	x.orders[index][stream] = found
	return found
}

func behind(found []ordered, key string) []ordered {
	return found[sort.Search(len(found), func(i int) bool { return found[i].key > key }):]
}

func (x *indexes) query(in *request) iter.Seq[item] {
	found := x.order(in.IndexName, text(in.ExpressionAttributeValues[":stream"]))
	if now := text(in.ExpressionAttributeValues[":now"]); now != "" {
		found = found[:len(found)-len(behind(found, padded(now)+"\xff"))]
	}
	if in.ExclusiveStartKey != nil {
		found = behind(found, keyIn(in.IndexName, in.ExclusiveStartKey))
	}
	return func(yield func(item) bool) {
		for _, one := range found {
			if !yield(one.item()) {
				return
			}
		}
	}
}

// The whole of `open`, stream by stream.
func (x *indexes) scan(start item) iter.Seq[item] {
	streams := []string{}
	for stream := range x.open {
		if stream >= text(start["open_stream"]) {
			streams = append(streams, stream)
		}
	}
	sort.Strings(streams)
	return func(yield func(item) bool) {
		for _, stream := range streams {
			found := x.order("open", stream)
			if stream == text(start["open_stream"]) {
				found = behind(found, keyIn("open", start))
			}
			for _, one := range found {
				if !yield(one.item()) {
					return
				}
			}
		}
	}
}

// What an item's answer carries: all of it, or what the index does (modules/function/journal.tf).
func carriedBy(index string, entry item) item {
	switch index {
	case "open":
		return projected(entry)
	case "due":
		return keysOf(entry, index)
	}
	return entry
}

func projected(entry item) item {
	return only(entry, "pk", "sk", "open_stream", "open_since", "attempts", "direction", "last_error", "next_attempt", "partner", "path", "size", "source_time", "state", "stream")
}

func keysOf(entry item, index string) item {
	switch index {
	case "open":
		return only(entry, "pk", "sk", "open_stream", "open_since")
	case "due":
		return only(entry, "pk", "sk", "open_stream", "next_attempt")
	}
	return only(entry, "pk", "sk")
}

func only(entry item, names ...string) item {
	out := item{}
	for _, name := range names {
		if raw, ok := entry[name]; ok {
			out[name] = raw
		}
	}
	return out
}
