package validate

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func checkQuotas(ctx context.Context, s *subject) (verdict, error) {
	quotas, limits := s.rendered("ResourceQuota", ""), s.rendered("LimitRange", "")
	if len(quotas)+len(limits) == 0 {
		return skipped("the manifests have none"), nil
	}
	wrong, err := s.compare(ctx, quotas, sameQuota)
	if err != nil {
		return verdict{}, err
	}
	more, err := s.compare(ctx, limits, sameLimits)
	if err != nil {
		return verdict{}, err
	}
	wrong = append(wrong, more...)
	return wrong.verdict(syncHint, "%d quotas and %d limit ranges are as in the manifests", len(quotas), len(limits)), nil
}

func sameQuota(wanted, live *unstructured.Unstructured) problems {
	var want, have corev1.ResourceQuota
	wrong := decodeBoth(wanted, live, &want, &have)
	if len(wrong) > 0 {
		return wrong
	}
	wrong = append(wrong, sameQuantities(describe(wanted), want.Spec.Hard, have.Spec.Hard)...)
	for name := range have.Spec.Hard {
		if _, ok := want.Spec.Hard[name]; !ok {
			wrong.add("%s limits %s besides", describe(wanted), name)
		}
	}
	return wrong
}

// sameLimits leaves aside what the API server adds by default to what the manifests say.
func sameLimits(wanted, live *unstructured.Unstructured) problems {
	var want, have corev1.LimitRange
	wrong := decodeBoth(wanted, live, &want, &have)
	if len(wrong) > 0 {
		return wrong
	}
	found := map[corev1.LimitType]corev1.LimitRangeItem{}
	for _, item := range have.Spec.Limits {
		found[item.Type] = item
	}
	for _, item := range want.Spec.Limits {
		other, what := found[item.Type], describe(wanted)+" "+string(item.Type)
		wrong = append(wrong, sameQuantities(what+" max", item.Max, other.Max)...)
		wrong = append(wrong, sameQuantities(what+" min", item.Min, other.Min)...)
		wrong = append(wrong, sameQuantities(what+" default", item.Default, other.Default)...)
		wrong = append(wrong, sameQuantities(what+" defaultRequest", item.DefaultRequest, other.DefaultRequest)...)
		wrong = append(wrong, sameQuantities(what+" ratio", item.MaxLimitRequestRatio, other.MaxLimitRequestRatio)...)
	}
	return wrong
}

func decodeBoth(wanted, live *unstructured.Unstructured, want, have any) problems {
	var wrong problems
	for object, into := range map[*unstructured.Unstructured]any{wanted: want, live: have} {
		if err := decode(object, into); err != nil {
			wrong.add("%v", err)
		}
	}
	return wrong
}

// sameQuantities compares amounts, not how they are written: 2 and 2000m are the same.
func sameQuantities(what string, want, have corev1.ResourceList) problems {
	var wrong problems
	for name, quantity := range want {
		found, ok := have[name]
		switch {
		case !ok:
			wrong.add("%s lacks %s", what, name)
		case found.Cmp(quantity) != 0:
			wrong.add("%s has %s=%s, not %s", what, name, found.String(), quantity.String())
		}
	}
	return wrong
}
