package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
)

// withoutUntypedOutputs leaves out the methods that return pulumi.AnyOutput, an untyped part of an output. In each package that mentions
// that type, the compiler instantiates the generic methods of all of Pulumi's own types, which takes 7 s of CPU and 28 MB.
func withoutUntypedOutputs(path string, source []byte) ([]byte, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", path, err)
	}
	var kept bytes.Buffer
	end := 0
	for _, declared := range parsed.Decls {
		method, isFunc := declared.(*ast.FuncDecl)
		if !isFunc || method.Recv == nil || !returnsAnyOutput(method.Type.Results) {
			continue
		}
		start := method.Pos()
		if method.Doc != nil {
			start = method.Doc.Pos()
		}
		kept.Write(source[end:files.Position(start).Offset])
		end = files.Position(method.End()).Offset
	}
	kept.Write(source[end:])
	formatted, err := format.Source(kept.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", path, err)
	}
	if bytes.Contains(formatted, []byte("pulumi.AnyOutput")) {
		return nil, fmt.Errorf("%s: an output property is untyped: leave it out of the schema", path)
	}
	return formatted, nil
}

func returnsAnyOutput(results *ast.FieldList) bool {
	if results == nil || len(results.List) != 1 {
		return false
	}
	selector, ok := results.List[0].Type.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "AnyOutput"
}
