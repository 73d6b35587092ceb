package offline

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processRuns reports whether the process that had this id at the given time still runs. Where the system tells when a
// process started, an id that has been given to a younger process does not count.
func processRuns(pid int, at time.Time) bool {
	if pid <= 0 {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	started, zombie, ok := linuxProcess(pid)
	if !ok {
		return true
	}
	// Both clocks are rounded to whole seconds.
	return !zombie && !started.After(at.Add(2*time.Second))
}

// linuxProcess returns when the process started and whether it only waits to be reaped; ok is false where there is no
// /proc. Fields are counted as in proc_pid_stat(5): 3 is the state, 22 the start in ticks of 1/100 s since boot.
func linuxProcess(pid int) (started time.Time, zombie, ok bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return time.Time{}, false, false
	}
	// The name in field 2 may contain anything, and ends at the last parenthesis.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	boot, bootKnown := linuxBootTime()
	if len(fields) < 20 || !bootKnown {
		return time.Time{}, false, false
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return time.Time{}, false, false
	}
	return boot.Add(time.Duration(ticks) * 10 * time.Millisecond), fields[0] == "Z", true
}

func linuxBootTime() (time.Time, bool) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, false
	}
	for line := range strings.Lines(string(stat)) {
		if value, found := strings.CutPrefix(line, "btime "); found {
			seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return time.Unix(seconds, 0), err == nil
		}
	}
	return time.Time{}, false
}
