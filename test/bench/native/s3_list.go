package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// list answers both versions of ListObjects: a marker of either kind is the key behind which it goes on.
func (store *bucketStore) list(w http.ResponseWriter, bucket string, query url.Values) error {
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	after := max(query.Get("continuation-token"), query.Get("start-after"), query.Get("marker"))
	limit, err := strconv.Atoi(query.Get("max-keys"))
	if err != nil || limit > 1000 {
		limit = 1000
	}
	keys, folders, err := store.keys(bucket, prefix, delimiter)
	if err != nil {
		return err
	}
	text := strings.Builder{}
	count, last, truncated := 0, "", false
	for _, key := range keys {
		if key <= after {
			continue
		}
		if count == limit {
			truncated = true
			break
		}
		count, last = count+1, key
		if folders[key] {
			fmt.Fprintf(&text, "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>", escape(key))
			continue
		}
		what, err := store.describe(bucket, key, false)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>%s</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
			escape(key), what.time.UTC().Format("2006-01-02T15:04:05.000Z"), escape(etagOf(what)), what.size)
	}
	next := ""
	if truncated {
		next = fmt.Sprintf("<NextContinuationToken>%s</NextContinuationToken><NextMarker>%s</NextMarker>", escape(last), escape(last))
	}
	return answer(w, fmt.Sprintf(`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>%s</Name><Prefix>%s</Prefix><KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys><IsTruncated>%t</IsTruncated>%s%s</ListBucketResult>`,
		escape(bucket), escape(prefix), count, limit, truncated, next, text.String()))
}

// keys below a prefix in order; with a delimiter, what lies below it is one folder.
func (store *bucketStore) keys(bucket, prefix, delimiter string) ([]string, map[string]bool, error) {
	root := store.path(bucket, "")
	folders := map[string]bool{}
	keys := []string{}
	start := filepath.Join(root, prefix[:strings.LastIndex(prefix, "/")+1])
	err := filepath.WalkDir(start, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		key, err := filepath.Rel(root, path)
		if err != nil || !strings.HasPrefix(key, prefix) {
			return err
		}
		if before, _, found := strings.Cut(key[len(prefix):], delimiter); found && delimiter != "" {
			key = prefix + before + delimiter
			if folders[key] {
				return nil
			}
			folders[key] = true
		}
		keys = append(keys, key)
		return nil
	})
	sort.Strings(keys)
	return keys, folders, err
}
