//! TypeScript types from a JSON Schema, so that there is one description of a document.
//!
//! Covers what the schemas of `crates/book` use. Anything else is an error rather than a type that is silently wrong.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::fmt::Write;

/// The declarations of a schema's document, named by its title, and of every definition in it.
pub fn declarations(schema: &Value) -> Result<String> {
    let title = schema["title"].as_str().context("a schema has a title")?;
    let mut text = String::new();
    declare(&mut text, title, schema)?;
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        text.push('\n');
        declare(&mut text, name, definition).with_context(|| format!("definition `{name}`"))?;
    }
    Ok(text)
}

fn declare(text: &mut String, name: &str, schema: &Value) -> Result<()> {
    comment(text, schema, "");
    if schema["properties"].is_object() {
        writeln!(text, "export interface {name} {}", object(schema, "")?)?;
    } else {
        writeln!(text, "export type {name} = {};", type_of(schema, "")?)?;
    }
    Ok(())
}

/// The type that a schema describes; `indent` is that of the line it begins on.
fn type_of(schema: &Value, indent: &str) -> Result<String> {
    if schema == &Value::Bool(true) {
        return Ok("unknown".to_owned());
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").with_context(|| format!("reference {reference}"))?;
        return Ok(name.to_owned());
    }
    if !schema["const"].is_null() {
        return Ok(literal(&schema["const"]));
    }
    if let Some(values) = schema["enum"].as_array() {
        return Ok(union(values.iter().map(literal)));
    }
    for combination in ["anyOf", "oneOf"] {
        if let Some(schemas) = schema[combination].as_array() {
            let types = schemas.iter().map(|schema| type_of(schema, indent)).collect::<Result<Vec<_>>>()?;
            return Ok(union(types));
        }
    }
    match &schema["type"] {
        Value::String(name) => type_named(name, schema, indent),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            Ok(union(names.map(|name| type_named(name, schema, indent)).collect::<Result<Vec<_>>>()?))
        }
        _ => bail!("nothing says what type this is: {schema}"),
    }
}

fn type_named(name: &str, schema: &Value, indent: &str) -> Result<String> {
    Ok(match name {
        "string" => "string".to_owned(),
        "number" | "integer" => "number".to_owned(),
        "boolean" => "boolean".to_owned(),
        "null" => "null".to_owned(),
        "array" => array(schema, indent)?,
        "object" => object(schema, indent)?,
        other => bail!("unknown type {other}"),
    })
}

fn array(schema: &Value, indent: &str) -> Result<String> {
    if let Some(items) = schema["prefixItems"].as_array() {
        let items = items.iter().map(|item| type_of(item, indent)).collect::<Result<Vec<_>>>()?;
        return Ok(format!("[{}]", items.join(", ")));
    }
    let item = type_of(&schema["items"], indent)?;
    match (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) {
        (Some(least), Some(most)) if least == most => Ok(format!("[{}]", vec![item; most as usize].join(", "))),
        _ if item.contains(" | ") => Ok(format!("({item})[]")),
        _ => Ok(format!("{item}[]")),
    }
}

fn object(schema: &Value, indent: &str) -> Result<String> {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let further = &schema["additionalProperties"];
    if properties.is_empty() && further.is_object() {
        return Ok(format!("Record<string, {}>", type_of(further, indent)?));
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let inner = format!("{indent}    ");
    let mut text = "{\n".to_owned();
    for (name, property) in properties {
        comment(&mut text, property, &inner);
        let optional = if required.contains(&name.as_str()) { "" } else { "?" };
        let property = type_of(property, &inner).with_context(|| format!("property `{name}`"))?;
        writeln!(text, "{inner}{name}{optional}: {property};")?;
    }
    write!(text, "{indent}}}")?;
    Ok(text)
}

fn comment(text: &mut String, schema: &Value, indent: &str) {
    let Some(description) = schema["description"].as_str() else {
        return;
    };
    if !description.contains('\n') {
        text.push_str(&format!("{indent}/** {description} */\n"));
        return;
    }
    text.push_str(&format!("{indent}/**\n"));
    for line in description.lines() {
        text.push_str(format!("{indent} * {line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{indent} */\n"));
}

/// A value as a type: strings in JSON are strings in TypeScript.
fn literal(value: &Value) -> String {
    value.to_string()
}

fn union(types: impl IntoIterator<Item = String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for name in types {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_becomes_an_interface() {
        let schema = json!({
            "title": "Basket",
            "description": "What is\nbought.",
            "type": "object",
            "properties": {
                "$schema": { "type": ["string", "null"] },
                "fruit": { "description": "Which.", "type": "array", "items": { "$ref": "#/$defs/Fruit" } },
                "pair": { "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 },
                "size": { "anyOf": [{ "type": "integer" }, { "type": "number" }, { "type": "null" }] },
                "prices": { "type": "object", "additionalProperties": { "type": "number" } }
            },
            "required": ["fruit"],
            "$defs": { "Fruit": { "oneOf": [{ "type": "string", "const": "fig" }, { "enum": ["pear", "plum"] }] } }
        });
        let expected = r#"/**
 * What is
 * bought.
 */
export interface Basket {
    $schema?: string | null;
    /** Which. */
    fruit: Fruit[];
    pair?: [string, string];
    prices?: Record<string, number>;
    size?: number | null;
}

export type Fruit = "fig" | "pear" | "plum";
"#;
        assert_eq!(declarations(&schema).unwrap(), expected);
    }

    #[test]
    fn what_is_not_covered_is_an_error() {
        let schema = json!({ "title": "T", "type": "object", "properties": { "a": { "not": {} } } });
        let error = format!("{:#}", declarations(&schema).unwrap_err());
        assert!(error.contains("property `a`"), "{error}");
    }
}
