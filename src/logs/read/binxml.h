// BinXml: one event record of an EVTX chunk as flat fields: children of System by their name (attributes as
// Provider_Name, Execution_ProcessID), data of EventData by the attribute Name, anything else (UserData) by
// the name of the element that holds the text.
//
// Hostile bytes: every offset is checked against the chunk, nesting is at most kEventDepthMax, the tokens of
// one record at most kTokensMax (templates may refer to themselves and be used again and again). One thread
// at a time. Source: libyal's "Windows XML Event Log (EVTX)" format description.
#pragma once

#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "logs/read/binxml_value.h"

namespace vedette::logs {

class BinXml {
 public:
  static constexpr std::size_t kTokensMax = 50'000, kValuesMax = 1024, kNameBytesMax = 256;

  // The chunk all offsets refer to; it must outlive the calls of read().
  void set_chunk(std::string_view chunk);
  // The fragment at [begin, end) of the chunk. False: it is damaged; what came before is in `fields`.
  bool read(std::size_t begin, std::size_t end, FieldList& fields);

 private:
  struct Element {
    std::string_view name, data_name;
    std::string_view text;
    ValueKind kind = ValueKind::kString;
    bool has_children = false, has_text = false, has_null = false;
  };
  using Values = std::vector<BinXmlValue>;

  bool fragment(Bytes& bytes, std::size_t end, const Values* values, bool dependency_ids, std::size_t depth);
  bool open_element(Bytes& bytes, std::uint8_t token, const Values* values, bool dependency_ids,
                    std::size_t depth);
  bool attributes(Bytes& bytes, std::size_t end, const Values* values);
  bool template_instance(Bytes& bytes, std::size_t depth);
  bool value(const BinXmlValue& value, std::size_t depth);
  void text(std::string_view text, ValueKind kind);
  void end_element();
  std::string_view name(Bytes& bytes);
  bool in_system() const { return stack_.size() >= 2 && stack_[1].name == "System"; }

  std::string_view chunk_;
  std::unordered_map<std::uint32_t, std::string> names_;
  FieldList* fields_ = nullptr;
  std::vector<Element> stack_;
  std::size_t tokens_ = 0;
};

}  // namespace vedette::logs
