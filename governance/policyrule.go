package governance

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// condition is a condition of a policy rule (Azure document "Azure Policy definition structure policy rule").
type condition interface {
	rule() pulumi.Map
}

// fieldCondition compares a field, or a value made with functions, with the operator's value.
type fieldCondition struct {
	field, operator string
	value           pulumi.Input
}

func (c fieldCondition) rule() pulumi.Map {
	return pulumi.Map{"field": pulumi.String(c.field), c.operator: c.value}
}

// typeIs holds for resources of an ARM type.
func typeIs(armType string) condition {
	return fieldCondition{"type", "equals", pulumi.String(armType)}
}

// isSet holds if the resource has the field.
func isSet(field string) condition {
	return fieldCondition{field, "exists", pulumi.Bool(true)}
}

// allOf holds if all its conditions do.
type allOf []condition

func (c allOf) rule() pulumi.Map { return pulumi.Map{"allOf": rules(c)} }

// anyOf holds if one of its conditions does.
type anyOf []condition

func (c anyOf) rule() pulumi.Map { return pulumi.Map{"anyOf": rules(c)} }

func rules(conditions []condition) pulumi.Array {
	array := make(pulumi.Array, 0, len(conditions))
	for _, c := range conditions {
		array = append(array, c.rule())
	}
	return array
}

// anyElement holds if at least one element of an array field, named with [*], meets a condition. A plain condition on such
// a field would have to hold for every element.
type anyElement struct {
	field string
	where condition
}

func (c anyElement) rule() pulumi.Map {
	return pulumi.Map{
		"count":   pulumi.Map{"field": pulumi.String(c.field), "where": c.where.rule()},
		"greater": pulumi.Int(0),
	}
}

// noValue holds if none of the values of an array parameter meets a condition, which finds the value by current().
type noValue struct {
	parameter string
	where     condition
}

func (c noValue) rule() pulumi.Map {
	return pulumi.Map{
		"count": pulumi.Map{
			"value": pulumi.String("[parameters('" + c.parameter + "')]"),
			"name":  pulumi.String(c.parameter),
			"where": c.where.rule(),
		},
		"equals": pulumi.Int(0),
	}
}
