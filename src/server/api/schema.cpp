#include "server/api/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "base/assert.h"
#include "base/clock.h"
#include "server/config/nearest.h"

namespace vedette::server {
namespace json = boost::json;
using Kind = Schema::Kind;

namespace shape {
namespace {
Schema of(Kind kind) {
  Schema out;
  out.kind = kind;
  return out;
}
}  // namespace
Schema text(std::int64_t most, std::int64_t least) {
  Schema out = of(Kind::kText);
  out.least = least;
  out.most = most;
  return out;
}
Schema one_of(std::vector<std::string_view> values) {
  Schema out = text(64);
  out.values = std::move(values);
  return out;
}
Schema integer(std::int64_t least, std::int64_t most) {
  Schema out = of(Kind::kInteger);
  out.least = least;
  out.most = most;
  return out;
}
Schema count() { return integer(0, std::int64_t{1} << 53); }
Schema number() { return of(Kind::kNumber); }
Schema boolean() { return of(Kind::kBoolean); }
Schema time() {
  Schema out = text(40);
  out.format = "date-time";
  return out;
}
Schema id() { return text(64, 1); }
Schema any() { return of(Kind::kAny); }
Schema list(Schema items, std::int64_t most) {
  Schema out = of(Kind::kArray);
  out.most = most;
  out.items.push_back(std::move(items));
  return out;
}
Schema map(Schema items, std::int64_t most) {
  Schema out = of(Kind::kMap);
  out.most = most;
  out.items.push_back(std::move(items));
  return out;
}
Schema object(std::vector<SchemaField> fields) {
  Schema out = of(Kind::kObject);
  out.fields = std::move(fields);
  return out;
}
Schema reference(std::string_view component) {
  Schema out = of(Kind::kReference);
  out.reference = component;
  return out;
}
Schema page_of(Schema items) {
  return object({required("items", list(std::move(items))), required("next_cursor", nullable(text(400)))});
}
Schema nullable(Schema schema) {
  schema.nullable = true;
  return schema;
}
SchemaField required(std::string_view name, Schema schema) { return {name, std::move(schema), true}; }
SchemaField optional(std::string_view name, Schema schema) { return {name, std::move(schema), false}; }
}  // namespace shape

namespace {

constexpr std::size_t kProblemsMax = 50;

class Checker {
 public:
  Checker(const Components& components, std::vector<FieldProblem>& out)
      : components_(components), out_(out) {}

  void check(const Schema& schema, const json::value& value, const std::string& field) {
    if (schema.nullable && value.is_null()) return;
    switch (schema.kind) {
      case Kind::kAny:
        if (!value.is_object()) add(field, "object");
        return;
      case Kind::kObject:
        return object(schema, value, field);
      case Kind::kArray:
        return array(schema, value, field);
      case Kind::kMap:
        return map(schema, value, field);
      case Kind::kText:
        return text(schema, value, field);
      case Kind::kInteger:
        return integer(schema, value, field);
      case Kind::kNumber:
        if (!value.is_number()) add(field, "number");
        return;
      case Kind::kBoolean:
        if (!value.is_bool()) add(field, "boolean");
        return;
      case Kind::kReference:
        return check(components_.at(schema.reference), value, field);
    }
  }

 private:
  void add(const std::string& field, const std::string& what,
           std::map<std::string, std::string> arguments = {}) {
    if (out_.size() < kProblemsMax) out_.push_back({field, {"error.value." + what, std::move(arguments)}});
  }
  static std::string below(const std::string& field, std::string_view name) {
    return field.empty() ? std::string(name) : field + "." + std::string(name);
  }

  void object(const Schema& schema, const json::value& value, const std::string& field) {
    const auto* object = value.if_object();
    if (!object) return add(field, "object");
    std::vector<std::string> names;
    for (const auto& known : schema.fields) {
      names.emplace_back(known.name);
      const auto* inner = object->if_contains({known.name.data(), known.name.size()});
      if (inner) {
        check(known.schema, *inner, below(field, known.name));
      } else if (known.required) {
        add(below(field, known.name), "missing");
      }
    }
    for (const auto& [key, inner] : *object) {
      std::string name(key.data(), std::min<std::size_t>(key.size(), 64));
      if (std::ranges::find(names, name) != names.end()) continue;
      auto near = nearest(name, names);
      if (near)
        add(below(field, name), "near", {{"near", *near}});
      else
        add(below(field, name), "unknown", {{"fields", fmt::format("{}", fmt::join(names, ", "))}});
    }
  }
  void array(const Schema& schema, const json::value& value, const std::string& field) {
    const auto* array = value.if_array();
    if (!array) return add(field, "list");
    if (static_cast<std::int64_t>(array->size()) > schema.most) {
      return add(field, "entries", {{"most", std::to_string(schema.most)}});
    }
    std::size_t at = 0;
    for (const auto& item : *array) check(schema.items[0], item, fmt::format("{}[{}]", field, at++));
  }
  void map(const Schema& schema, const json::value& value, const std::string& field) {
    const auto* object = value.if_object();
    if (!object) return add(field, "object");
    if (static_cast<std::int64_t>(object->size()) > schema.most) {
      return add(field, "entries", {{"most", std::to_string(schema.most)}});
    }
    for (const auto& [key, item] : *object)
      check(schema.items[0], item, below(field, std::string_view(key).substr(0, 64)));
  }
  void text(const Schema& schema, const json::value& value, const std::string& field) {
    const auto* text = value.if_string();
    if (!text) return add(field, "text");
    auto size = static_cast<std::int64_t>(text->size());
    if (!schema.values.empty()) {
      if (std::ranges::find(schema.values, std::string_view(*text)) == schema.values.end()) {
        add(field, "one_of", {{"values", fmt::format("{}", fmt::join(schema.values, ", "))}});
      }
    } else if (size > schema.most) {
      add(field, "long", {{"most", std::to_string(schema.most)}});
    } else if (size < schema.least) {
      add(field, size == 0 ? "empty" : "short", {{"least", std::to_string(schema.least)}});
    } else if (schema.format == "date-time" && !parse_rfc3339(std::string_view(*text))) {
      add(field, "time");
    } else if (text->find('\0') != json::string::npos) {
      add(field, "nul");
    }
  }
  void integer(const Schema& schema, const json::value& value, const std::string& field) {
    bool whole = value.is_int64() || (value.is_uint64() && value.get_uint64() <= INT64_MAX);
    if (!whole) return add(field, "whole");
    auto number = value.to_number<std::int64_t>();
    if (number < schema.least || number > schema.most) {
      add(field, "range", {{"least", std::to_string(schema.least)}, {"most", std::to_string(schema.most)}});
    }
  }

  const Components& components_;
  std::vector<FieldProblem>& out_;
};

json::value type_name(std::string_view name, bool nullable) {
  if (nullable) return json::array{name, "null"};
  return json::value(name);
}

}  // namespace

std::vector<FieldProblem> check(const Schema& schema, const json::value& value,
                                const Components& components) {
  std::vector<FieldProblem> out;
  Checker(components, out).check(schema, value, "");
  return out;
}

json::object to_json_schema(const Schema& schema) {
  json::object out;
  switch (schema.kind) {
    case Kind::kAny:
      out["type"] = type_name("object", schema.nullable);
      break;
    case Kind::kObject: {
      out["type"] = type_name("object", schema.nullable);
      json::object properties;
      json::array required;
      for (const auto& field : schema.fields) {
        properties[{field.name.data(), field.name.size()}] = to_json_schema(field.schema);
        if (field.required) required.emplace_back(field.name);
      }
      out["properties"] = std::move(properties);
      if (!required.empty()) out["required"] = std::move(required);
      out["additionalProperties"] = false;
      break;
    }
    case Kind::kArray:
      out["type"] = type_name("array", schema.nullable);
      out["items"] = to_json_schema(schema.items[0]);
      out["maxItems"] = schema.most;
      break;
    case Kind::kMap:
      out["type"] = type_name("object", schema.nullable);
      out["additionalProperties"] = to_json_schema(schema.items[0]);
      out["maxProperties"] = schema.most;
      break;
    case Kind::kText:
      out["type"] = type_name("string", schema.nullable);
      if (!schema.values.empty()) {
        json::array values;
        for (auto value : schema.values) values.emplace_back(value);
        if (schema.nullable) values.emplace_back(nullptr);
        out["enum"] = std::move(values);
        break;
      }
      out["maxLength"] = schema.most;
      if (schema.least > 0) out["minLength"] = schema.least;
      if (!schema.format.empty()) out["format"] = schema.format;
      break;
    case Kind::kInteger:
      out["type"] = type_name("integer", schema.nullable);
      out["minimum"] = schema.least;
      out["maximum"] = schema.most;
      break;
    case Kind::kNumber:
      out["type"] = type_name("number", schema.nullable);
      break;
    case Kind::kBoolean:
      out["type"] = type_name("boolean", schema.nullable);
      break;
    case Kind::kReference: {
      json::object reference{{"$ref", "#/components/schemas/" + std::string(schema.reference)}};
      if (!schema.nullable) return reference;
      out["anyOf"] = json::array{std::move(reference), json::object{{"type", "null"}}};
      break;
    }
  }
  return out;
}

}  // namespace vedette::server
