// rclone with nothing but `serve sftp` over local folders: all of it takes several times as long to build.
package main

import (
	_ "github.com/rclone/rclone/backend/local"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/serve/sftp"
)

func main() {
	cmd.Main()
}
