// Command benchtools is what the benchmark needs and Node can't do, or would do at the expense of what is measured.
// Standard library only. `benchtools box|link|measure|pipe|s3|table`, each described in its own file.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"box": box, "link": link, "measure": measure, "pipe": pipe, "s3": s3, "table": table}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: benchtools box|link|measure|pipe|s3|table …")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchtools "+os.Args[1]+":", err)
		os.Exit(1)
	}
}
