package bench

import (
	"fmt"
	"io"
)

// table writes measurements, and compares what a stamp costs with what it costs in the first row of the same operation.
type table struct {
	w io.Writer
	// first is the time per stamp of each operation in the first stack.
	first map[string]float64
}

func newTable(w io.Writer) *table {
	fmt.Fprintf(w, "%-6s  %-9s  %9s  %10s  %8s  %8s  %6s  %10s  %7s  %10s  %7s\n", "stamps", "operation", "resources", "CLI starts",
		"seconds", "s/stamp", "ratio", "runner CPU", "MiB", "CLI CPU", "MiB")
	return &table{w: w, first: map[string]float64{}}
}

// add writes a row of an operation on a number of stamps, while there are as many as stamps.
func (t *table) add(stamps, operated int, operation string, m *measurement) {
	perStamp := m.Seconds / float64(operated)
	if _, ok := t.first[operation]; !ok {
		t.first[operation] = perStamp
	}
	fmt.Fprintf(t.w, "%6d  %-9s  %9d  %10d  %8.1f  %8.1f  %6.2f  %9.1fs  %7s  %9.1fs  %7s\n", stamps, operation, m.Resources, m.Starts,
		m.Seconds, perStamp, perStamp/t.first[operation], m.RunnerCPU, mebibytes(m.RunnerPeak), m.CommandCPU, mebibytes(m.CommandPeak))
}

func mebibytes(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprint(bytes >> 20)
}
