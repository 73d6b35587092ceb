package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// watchPeaks follows the resident sets of this process and of its children until the function that it returns is called, which
// gives the largest of each in bytes: 0 where there is no /proc. getrusage would count the parent's set as its children's.
func watchPeaks() func() (self, children int64) {
	stop, done := make(chan struct{}), make(chan struct{})
	var largest int64
	look := func() {
		for _, pid := range children() {
			largest = max(largest, peakOf(pid))
		}
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				look()
			}
		}
	}()
	return func() (int64, int64) {
		close(stop)
		<-done
		return peakOf("self"), largest
	}
}

// children are the ids of this process's children: proc_pid_task_children(5) lists them by the thread that made them.
func children() []string {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	var ids []string
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		ids = append(ids, strings.Fields(string(content))...)
	}
	return ids
}

// peakOf is VmHWM of proc_pid_status(5), in bytes.
func peakOf(pid string) int64 {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

func cpuSeconds(who int) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(who, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func profile(path string) (stop func() error, err error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write a profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, fmt.Errorf("profile the runner: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
