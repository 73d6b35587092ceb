package validate

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
)

// shownProblems is how many problems of one check are named; the others are counted.
const shownProblems = 6

// administrators is what to do about a missing permission.
const administrators = "sign in as a member of the cluster's administrators (cluster.adminGroupObjectId)"

// verdict is what a check found.
type verdict struct {
	result  Result
	details string
}

func passed(format string, args ...any) verdict  { return verdict{Passed, line(format, args...)} }
func failed(format string, args ...any) verdict  { return verdict{Failed, line(format, args...)} }
func skipped(format string, args ...any) verdict { return verdict{Skipped, line(format, args...)} }

// line is one line, whatever an API server or a policy puts into its messages.
func line(format string, args ...any) string {
	return strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
}

// problems are what is wrong, each in a few words.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, line(format, args...)) }

// verdict is failed with the problems and a hint where to look, or if there are none passed with what was seen.
func (p problems) verdict(hint, seen string, args ...any) verdict {
	if len(p) == 0 {
		return passed(seen, args...)
	}
	shown, rest := p, ""
	if len(p) > shownProblems {
		shown, rest = p[:shownProblems], fmt.Sprintf("; and %d more", len(p)-shownProblems)
	}
	return verdict{Failed, line("%s%s. %s", strings.Join(shown, "; "), rest, hint)}
}

// perform runs a check within its time. An error means that the cluster cannot be asked, and that more checks are no use.
func (c check) perform(ctx context.Context, s *subject) (verdict, error) {
	limited, cancel := context.WithTimeout(ctx, s.options.CheckTimeout)
	defer cancel()
	v, err := c.judge(limited, s)
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil:
		return verdict{}, fmt.Errorf("check %s was not finished: %w", c.ID, context.Cause(ctx))
	case limited.Err() != nil:
		return failed("no answer within %s: %v", s.options.CheckTimeout, err), nil
	}
	return c.explain(err)
}

// explain turns what the API server answered into a verdict; whatever is no answer stays an error.
func (c check) explain(err error) (verdict, error) {
	switch {
	case apierrors.IsUnauthorized(err):
		return verdict{}, fmt.Errorf("check %s: the sign-in is no longer accepted, sign in again: %w", c.ID, err)
	case apierrors.IsForbidden(err):
		return failed("not allowed: %v. %s", err, capitalized(administrators)), nil
	case meta.IsNoMatchError(err):
		return failed("the cluster lacks a kind: %v", err), nil
	case apierrors.ReasonForError(err) != "" || isStatus(err):
		return failed("the API server answers: %v", err), nil
	}
	return verdict{}, fmt.Errorf("check %s: no connection to the cluster: %w", c.ID, err)
}

func capitalized(sentence string) string {
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
