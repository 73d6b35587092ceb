package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/internal/offline"
)

// The benchmark starts this program again for each operation.
func TestMain(m *testing.M) {
	b := tiny(time.Minute)
	if os.Getenv(splitVariable) != "" {
		b = tinySplit()
	}
	if ran, err := b.RunProcess(context.Background(), os.Stdout); ran {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tiny benchmarks a program with one component for each stamp.
func tiny(limit time.Duration) *Bench {
	return &Bench{Stamps: []int{1, 3}, Limit: limit, Options: offline.Options{ProjectDir: "testdata", Stack: "dev", Program: boxes}}
}

// splitVariable has the processes of a test take tinySplit.
const splitVariable = "BENCH_TEST_SPLIT"

func tinySplit() *Bench {
	b := tiny(time.Minute)
	b.Split = &Split{
		Shared: map[string]any{"stamps": []any{}},
		Stamp:  func(number int) map[string]any { return map[string]any{"stamps": []any{Stamp(number)}} },
	}
	return b
}

func boxes(ctx *pulumi.Context) error {
	listed, _ := ctx.GetConfig("tiny:stamps")
	var stamps []map[string]string
	if err := json.Unmarshal([]byte(listed), &stamps); err != nil {
		return err
	}
	for _, stamp := range stamps {
		var box pulumi.ResourceState
		if err := ctx.RegisterComponentResource("tiny:index:Box", stamp["addressSpace"], &box); err != nil {
			return err
		}
	}
	return nil
}

// Every operation on every stack has a row with what its processes needed, and ratios compare with the first stack.
func TestBench(t *testing.T) {
	var out strings.Builder
	require.NoError(t, tiny(time.Minute).Run(t.Context(), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 7, out.String())
	row := regexp.MustCompile(`^ +(\d+)  (preview|first up|second up) +(\d+) +([1-9]\d*) +\d+\.\d +\d+\.\d +(\d+\.\d\d) +\d+\.\ds +([1-9]\d*|-) +\d+\.\ds +([1-9]\d*|-)$`)
	for i, line := range lines[1:] {
		found := row.FindStringSubmatch(line)
		require.NotNil(t, found, line)
		assert.Equal(t, operations[i%3].name, found[2])
		assert.Equal(t, []string{"1", "3"}[i/3], found[1])
		assert.Equal(t, []string{"2", "4"}[i/3], found[3], "the stack and its boxes: %s", line)
		if i < 3 {
			assert.Equal(t, "1.00", found[5])
		} else {
			assert.NotEqual(t, "1.00", found[5], "a third of the time: %s", line)
		}
	}
}

// In one stack per stamp, each has one box, whatever the number of stacks beside it, and the rows count the stacks.
func TestSplit(t *testing.T) {
	t.Setenv(splitVariable, "1")
	var out strings.Builder
	require.NoError(t, tinySplit().Run(t.Context(), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 7, out.String())
	row := regexp.MustCompile(`^ +(\d+)  (preview|first up|second up) +(\d+) +[1-9]\d* +(\d+\.\d) +(\d+\.\d) `)
	for i, line := range lines[1:] {
		found := row.FindStringSubmatch(line)
		require.NotNil(t, found, line)
		assert.Equal(t, []string{[]string{"1", "3"}[i/3], operations[i%3].name, "2"}, found[1:4], line)
		assert.Equal(t, found[4], found[5], "the time of one stamp is that of its stack: %s", line)
	}
}

// A stack that takes longer than the limit is an error that says so, and what was measured before stays printed.
func TestLimit(t *testing.T) {
	var out strings.Builder
	require.EqualError(t, tiny(time.Millisecond).Run(t.Context(), &out), "1 stamps did not end within 1ms")
	assert.Len(t, strings.Split(strings.TrimSpace(out.String()), "\n"), 1, out.String())
}
