#include "logs/read/json_event.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "logs/json_text.h"

namespace vedette::logs {
namespace {

namespace json = boost::json;
using Outcome = JsonEvent::Outcome;

std::string text_of(const EventView& event) {
  std::string out;
  for (const auto& field : event.fields) {
    std::string value(field.value);
    if (field.escaped) {
      value.clear();
      unescape_json(field.value, value);
    }
    out += fmt::format("{}{}{};", field.name, ":sn10?"[1 + static_cast<int>(field.kind)], value);
  }
  return out;
}

std::string fields_of(std::string_view text, Outcome expected = Outcome::kRead) {
  JsonEvent reader;
  EventView event;
  EXPECT_EQ(reader.read(text, event), expected) << text;
  return text_of(event);
}

TEST(JsonEventTest, ReadsEveryKindAndCopiesNothing) {
  EXPECT_EQ(fields_of(R"( {"EventID":1,"Image":"C:\\a.exe","ok":true,"no":false,"none":null,"e":""} )"),
            "EventIDn1;ImagesC:\\a.exe;ok1true;no0false;none?null;es;");
  EXPECT_EQ(fields_of("{}"), "");
  EXPECT_EQ(fields_of(R"({"n":-0.5e+10,"\u0041\"b":"x"})"), "nn-0.5e+10;A\"bsx;");
}

TEST(JsonEventTest, JoinsNestedNamesAndSpreadsLists) {
  EXPECT_EQ(fields_of(R"({"a":{"b":{"c":1},"d":[1,"x",{"e":[true]}]},"f.g":2,"h":{},"i":[],"j":[[3]]})"),
            "a.b.cn1;a.dn1;a.dsx;a.d.e1true;f.gn2;jn3;");
}

TEST(JsonEventTest, RefusesWhatIsBroken) {
  for (const auto* text :
       {"", "1", "[1]", "null", "{\"a\":1}}", "{\"a\":01}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":tru}",
        "{\"a\":1.}", "{\"a\":-}", "{\"a\":[1,]}", "{\"a\":}", "{"})
    fields_of(text, Outcome::kMalformed);
  EXPECT_EQ(fields_of(R"({"a":1,"b":x})", Outcome::kMalformed), "an1;") << "what stood before is there";
}

TEST(JsonEventTest, WhatEndsEarlyIsCut) {
  EXPECT_EQ(fields_of(R"({"a":1,"b":"xy)", Outcome::kCut), "an1;");
  EXPECT_EQ(fields_of(R"({"a":{"b":2},"c":tr)", Outcome::kCut), "a.bn2;");
}

TEST(JsonEventTest, KeepsItsLimits) {
  std::string many = "{", deep, names = "{\"x\":1";
  for (std::size_t i = 0; i <= kEventFieldsMax; ++i) many += fmt::format("{}\"f{}\":1", i > 0 ? "," : "", i);
  JsonEvent reader;
  EventView event;
  EXPECT_EQ(reader.read(many += "}", event), Outcome::kCut);
  EXPECT_EQ(event.fields.size(), kEventFieldsMax);
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":[";
  EXPECT_EQ(fields_of("{\"x\":1,\"d\":" + deep, Outcome::kCut), "xn1;");
  std::string closed = "{\"d\":";
  for (int i = 0; i < 1000; ++i) closed += "[";
  closed += "\"]\"" + std::string(1000, ']') + ",\"y\":2}";
  EXPECT_EQ(fields_of(closed, Outcome::kCut), "yn2;") << "what follows is still read";
  const std::string name(2 * JsonEvent::kNameBytesMax, 'n');
  EXPECT_EQ(reader.read("{\"o\":{\"" + name + "\":1}}", event), Outcome::kCut);
  EXPECT_EQ(event.fields[0].name.size(), JsonEvent::kNameBytesMax);
}

// The same by a whole JSON library.
void flatten(const json::value& value, const std::string& name, std::string& out) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object)
      flatten(member, name.empty() ? std::string(key) : name + "." + std::string(key), out);
  } else if (const auto* list = value.if_array()) {
    for (const auto& element : *list) flatten(element, name, out);
  } else {
    std::string text;
    if (value.is_string())
      text = "s" + std::string(value.get_string());
    else if (value.is_number())
      text = "n" + json::serialize(value);
    else if (value.is_bool())
      text = value.get_bool() ? "1true" : "0false";
    else
      text = "?null";
    out += name + text + ";";
  }
}

json::value random_value(std::mt19937& random, int depth) {
  static const std::vector<std::string> kTexts = {"",       "a",       "C:\\Windows\\x.exe", "\"",
                                                  "\\",     "é\u0001", "0123456789abcdef\\", "\U0001F600",
                                                  "\n\r\t", "x/y"};
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return static_cast<std::int64_t>(random() % 1000) - 500;
    case 1:
      return random() % 2 == 0;
    case 2:
      return nullptr;
    case 6: {
      json::array list;
      for (auto n = random() % 4; n > 0; --n) list.push_back(random_value(random, depth - 1));
      return list;
    }
    case 7: {
      json::object object;
      for (auto n = random() % 4; n > 0; --n)
        object[kTexts[random() % kTexts.size()] + std::to_string(n)] = random_value(random, depth - 1);
      return object;
    }
    default:
      return json::string(kTexts[random() % kTexts.size()] + kTexts[random() % kTexts.size()]);
  }
}

TEST(JsonEventTest, ReadsWhatAnotherLibraryReads) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    json::object object;
    for (auto n = random() % 5; n > 0; --n) object["k" + std::to_string(n)] = random_value(random, 4);
    auto text = json::serialize(object);
    std::string expected;
    flatten(object, "", expected);
    ASSERT_EQ(fields_of(text), expected) << text;
    // Damaged: what the other accepts is accepted here and means the same; names twice are both kept here.
    for (auto n = 1 + random() % 3; n > 0; --n)
      text[random() % text.size()] = "{}[]\",:\\u0n1e.- "[random() % 17];
    json::error_code error;
    auto damaged = json::parse(text, error);
    JsonEvent reader;
    EventView event;
    const auto outcome = reader.read(text, event);
    if (error || !damaged.is_object()) continue;
    ASSERT_EQ(outcome, Outcome::kRead) << text;
  }
}

}  // namespace
}  // namespace vedette::logs
