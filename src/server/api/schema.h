// Schema: the shape of one JSON value. The same value checks request bodies and becomes JSON Schema in the
// OpenAPI document, so the two cannot differ. Plain value; built once at start from the route tables.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.h"

namespace vedette::server {

struct SchemaField;

struct Schema {
  enum class Kind { kAny, kObject, kArray, kMap, kText, kInteger, kNumber, kBoolean, kReference };
  Kind kind = Kind::kAny;
  bool nullable = false;
  std::int64_t least = 0, most = 0;      // bytes of text, entries of arrays and maps, value of integers
  std::string_view format;               // of text: "date-time", "uri", "uuid", "password"
  std::vector<std::string_view> values;  // of text: the only ones allowed
  std::vector<SchemaField> fields;       // of objects; no others are allowed
  std::vector<Schema> items;             // one: of arrays and maps
  std::string_view reference;            // name of a component
};

struct SchemaField {
  std::string_view name;
  Schema schema;
  bool required = false;
};

namespace shape {
Schema text(std::int64_t most = 200, std::int64_t least = 0);
Schema one_of(std::vector<std::string_view> values);
Schema integer(std::int64_t least, std::int64_t most);
Schema count();  // a whole number from 0
Schema number();
Schema boolean();
Schema time();
Schema id();
Schema any();  // any object
Schema list(Schema items, std::int64_t most = 1000);
Schema map(Schema items, std::int64_t most = 64);
Schema object(std::vector<SchemaField> fields);
Schema reference(std::string_view component);
Schema page_of(Schema items);  // {"items":[…],"next_cursor":…}
Schema nullable(Schema schema);
SchemaField required(std::string_view name, Schema schema);
SchemaField optional(std::string_view name, Schema schema);
}  // namespace shape

struct FieldProblem {
  std::string field;  // "steps[0].after_minutes"; empty: the whole body
  Message detail;     // stands behind the field's name: "error.value.…"
};

using Components = std::map<std::string_view, Schema>;

// Everything that does not fit, at most 50 problems. Recursion is bounded by the schema's own depth.
std::vector<FieldProblem> check(const Schema& schema, const boost::json::value& value,
                                const Components& components);
boost::json::object to_json_schema(const Schema& schema);

}  // namespace vedette::server
