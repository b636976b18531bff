package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// measure runs a command and writes what it took to a file, as the kernel accounts it for the ended process:
// wall and CPU seconds, peak resident bytes, and the exit status. `benchtools measure RESULT COMMAND [ARGUMENT ...]`
func measure(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: measure RESULT COMMAND [ARGUMENT ...]")
	}
	command := exec.Command(args[1], args[2:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	started := time.Now()
	err := command.Run()
	wall := time.Since(started)
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("the system doesn't account for ended processes")
	}
	result, err := json.Marshal(map[string]any{
		"wall":   wall.Seconds(),
		"cpu":    command.ProcessState.UserTime().Seconds() + command.ProcessState.SystemTime().Seconds(),
		"memory": usage.Maxrss * 1024,
		"status": command.ProcessState.ExitCode(),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], []byte(fmt.Sprintln(string(result))), 0o644)
}
