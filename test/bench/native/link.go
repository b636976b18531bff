package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// link joins two TUN devices, the second in a network namespace, and holds every packet back for half the round trip.
// However many are on their way, none waits for another: it is a long wire, not a narrow one. Packets cross as the kernel
// hands them out with segmentation offload (up to 64 KiB), so that the wire itself costs little.
// `benchtools link NAME NAMESPACE NEAR FAR ROUNDTRIP`, NEAR and FAR being the addresses of the two ends: `10.1.2.1`.
func link(args []string) error {
	if len(args) != 5 {
		return errors.New("usage: link NAME NAMESPACE NEAR FAR ROUNDTRIP")
	}
	name, namespace, near, far := args[0], args[1], args[2], args[3]
	roundTrip, err := time.ParseDuration(args[4])
	if err != nil {
		return err
	}
	a, err := openTun(name + "a")
	if err != nil {
		return err
	}
	b, err := openTun(name + "b")
	if err != nil {
		return err
	}
	for _, line := range []string{
		fmt.Sprintf("ip link set %sb netns %s", name, namespace),
		fmt.Sprintf("ip addr add %s peer %s dev %sa", near, far, name),
		fmt.Sprintf("ip link set %sa mtu 1500 txqueuelen 10000 up", name),
		fmt.Sprintf("ip -n %s addr add %s peer %s dev %sb", namespace, far, near, name),
		fmt.Sprintf("ip -n %s link set %sb mtu 1500 txqueuelen 10000 up", namespace, name),
	} {
		words := strings.Fields(line)
		if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, output)
		}
	}
	failed := make(chan error, 2)
	go relay(a, b, roundTrip/2, failed)
	go relay(b, a, roundTrip/2, failed)
	fmt.Println("ready")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err := <-failed:
		return err
	case <-stop:
		return nil
	}
}

// https://docs.kernel.org/networking/tuntap.html
const (
	tunSetIff     = 0x400454ca
	tunSetOffload = 0x400454d0
	iffTun        = 0x0001
	iffNoPi       = 0x1000
	iffVnetHdr    = 0x4000
	offloadCsum   = 0x01
	offloadTso4   = 0x02
)

func openTun(name string) (int, error) {
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("/dev/net/tun: %w (needs root and the kernel's tun module)", err)
	}
	var request [40]byte
	copy(request[:15], name)
	*(*uint16)(unsafe.Pointer(&request[16])) = iffTun | iffNoPi | iffVnetHdr
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), tunSetIff, uintptr(unsafe.Pointer(&request[0]))); errno != 0 {
		return 0, fmt.Errorf("device %s: %w", name, errno)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), tunSetOffload, offloadCsum|offloadTso4); errno != 0 {
		return 0, fmt.Errorf("offload of %s: %w", name, errno)
	}
	return fd, nil
}

type packet struct {
	due   time.Time
	bytes []byte
}

func relay(from, to int, delay time.Duration, failed chan<- error) {
	queue := make(chan packet, 1<<16)
	go func() {
		for next := range queue {
			if wait := time.Until(next.due); wait > 0 {
				time.Sleep(wait)
			}
			if _, err := syscall.Write(to, next.bytes); err != nil && !errors.Is(err, syscall.EINVAL) {
				failed <- fmt.Errorf("write: %w", err)
				return
			}
		}
	}()
	buffer := make([]byte, 1<<17)
	for {
		count, err := syscall.Read(from, buffer)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			failed <- fmt.Errorf("read: %w", err)
			return
		}
		queue <- packet{time.Now().Add(delay), append([]byte(nil), buffer[:count]...)}
	}
}
