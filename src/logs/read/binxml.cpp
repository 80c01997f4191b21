#include "logs/read/binxml.h"

#include <algorithm>
#include <string>

namespace vedette::logs {
namespace {

constexpr std::uint8_t kMore = 0x40;  // flag of a token
enum Token : std::uint8_t {
  kEnd = 0x00,
  kOpenElement = 0x01,
  kCloseStart = 0x02,
  kCloseEmpty = 0x03,
  kEndElement = 0x04,
  kValue = 0x05,
  kAttribute = 0x06,
  kCdata = 0x07,
  kCharacterReference = 0x08,
  kEntityReference = 0x09,
  kInstructionTarget = 0x0A,
  kInstructionData = 0x0B,
  kTemplateInstance = 0x0C,
  kSubstitution = 0x0D,
  kOptionalSubstitution = 0x0E,
  kFragmentHeader = 0x0F,
};

std::string_view entity(std::string_view name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  if (name == "apos") return "'";
  return "";
}

}  // namespace

void BinXml::set_chunk(std::string_view chunk) {
  chunk_ = chunk;
  names_.clear();
}

bool BinXml::read(std::size_t begin, std::size_t end, FieldList& fields) {
  fields_ = &fields;
  stack_.clear();
  tokens_ = 0;
  Bytes bytes(chunk_.substr(0, std::min(end, chunk_.size())), begin);
  const bool sound = fragment(bytes, end, nullptr, true, 0);
  while (!stack_.empty()) end_element();
  return sound;
}

bool BinXml::fragment(Bytes& bytes, std::size_t end, const Values* values, bool dependency_ids,
                      std::size_t depth) {
  if (depth > kEventDepthMax) return false;
  while (bytes.at() < end && bytes.good()) {
    if (++tokens_ > kTokensMax) {
      fields_->set_cut();
      return false;
    }
    const std::uint8_t token = bytes.u8();
    switch (token & ~kMore) {
      case kEnd:
        return true;
      case kFragmentHeader:
        bytes.take(3);
        break;
      case kOpenElement:
        if (!open_element(bytes, token, values, dependency_ids, depth)) return false;
        break;
      case kCloseStart:
        break;
      case kCloseEmpty:
      case kEndElement:
        if (stack_.empty()) return false;
        end_element();
        break;
      case kValue: {
        const std::uint8_t type = bytes.u8();
        if (type != BinXmlValue::kString) return false;
        const std::size_t size = std::size_t{bytes.u16()} * 2;
        if (!value({type, bytes.take(size)}, depth)) return false;
        break;
      }
      case kCdata: {
        const std::size_t size = std::size_t{bytes.u16()} * 2;
        text(utf16_text(bytes.take(size), *fields_), ValueKind::kString);
        break;
      }
      case kCharacterReference:
        text(utf16_text(bytes.take(2), *fields_), ValueKind::kString);
        break;
      case kEntityReference:
        text(entity(name(bytes)), ValueKind::kString);
        break;
      case kInstructionTarget:
        name(bytes);
        break;
      case kInstructionData:
        bytes.take(std::size_t{bytes.u16()} * 2);
        break;
      case kTemplateInstance:
        if (!template_instance(bytes, depth)) return false;
        break;
      case kSubstitution:
      case kOptionalSubstitution: {
        const std::uint16_t index = bytes.u16();
        bytes.u8();
        if (values == nullptr || index >= values->size()) return false;
        if (!value((*values)[index], depth)) return false;
        break;
      }
      default:
        return false;
    }
  }
  return bytes.good();
}

bool BinXml::open_element(Bytes& bytes, std::uint8_t token, const Values* values, bool dependency_ids,
                          std::size_t depth) {
  if (stack_.size() + depth >= 2 * kEventDepthMax) return false;
  if (dependency_ids) bytes.u16();
  bytes.u32();
  Element element;
  element.name = name(bytes);
  if (!bytes.good()) return false;
  if (!stack_.empty()) stack_.back().has_children = true;
  stack_.push_back(element);
  if ((token & kMore) == 0) return true;
  const std::size_t size = bytes.u32();
  const std::size_t begin = bytes.at();
  if (!bytes.good() || size > chunk_.size() - std::min(begin, chunk_.size())) return false;
  return attributes(bytes, begin + size, values);
}

bool BinXml::attributes(Bytes& bytes, std::size_t end, const Values* values) {
  while (bytes.at() < end && bytes.good()) {
    if (++tokens_ > kTokensMax) return false;
    if ((bytes.u8() & ~kMore) != kAttribute) return false;
    const std::string_view attribute = name(bytes);
    std::string_view text;
    ValueKind kind = ValueKind::kString;
    // A value may be of several pieces (text, entities); the first that says something counts.
    while (bytes.at() < end && bytes.good()) {
      const std::size_t before = bytes.at();
      const std::uint8_t token = static_cast<std::uint8_t>(bytes.u8() & ~kMore);
      std::string_view piece;
      ValueKind piece_kind = ValueKind::kString;
      if (token == kValue) {
        const std::uint8_t type = bytes.u8();
        const std::size_t size = std::size_t{bytes.u16()} * 2;
        if (type != BinXmlValue::kString) return false;
        piece = utf16_text(bytes.take(size), *fields_);
      } else if (token == kSubstitution || token == kOptionalSubstitution) {
        const std::uint16_t index = bytes.u16();
        bytes.u8();
        if (values == nullptr || index >= values->size()) return false;
        const BinXmlValue& substituted = (*values)[index];
        if (substituted.type < BinXmlValue::kBinXml) piece = value_text(substituted, *fields_, piece_kind);
      } else if (token == kCharacterReference) {
        piece = utf16_text(bytes.take(2), *fields_);
      } else if (token == kEntityReference) {
        piece = entity(name(bytes));
      } else {
        bytes.seek(before);
        break;
      }
      if (text.empty()) {
        text = piece;
        kind = piece_kind;
      } else if (!piece.empty()) {
        text = fields_->keep(std::string(text) + std::string(piece));
      }
    }
    Element& element = stack_.back();
    if (attribute == "Name" && !in_system()) {
      element.data_name = text;
    } else if (!text.empty() && stack_.size() > 1 && !attribute.starts_with("xmlns")) {
      fields_->add(fields_->keep(std::string(element.name) + "_" + std::string(attribute)), text, kind);
    }
  }
  return bytes.good();
}

bool BinXml::template_instance(Bytes& bytes, std::size_t depth) {
  bytes.u8();
  bytes.u32();
  const std::size_t definition = bytes.u32();
  Bytes reader(chunk_, definition);
  reader.take(4 + 16);
  const std::size_t size = reader.u32();
  const std::size_t begin = reader.at();
  if (!bytes.good() || !reader.good() || size > chunk_.size() - begin) return false;
  if (definition == bytes.at()) bytes.seek(begin + size);  // it stands here, the values behind it

  const std::size_t count = bytes.u32();
  if (!bytes.good() || count > kValuesMax) return false;
  Values values(count);
  std::vector<std::uint16_t> sizes(count);
  for (std::size_t i = 0; i < count; ++i) {
    sizes[i] = bytes.u16();
    values[i].type = bytes.u8();
    bytes.u8();
  }
  tokens_ += count;
  for (std::size_t i = 0; i < count; ++i) values[i].bytes = bytes.take(sizes[i]);
  if (!bytes.good()) return false;
  Bytes body(chunk_.substr(0, begin + size), begin);
  return fragment(body, begin + size, &values, true, depth + 1);
}

bool BinXml::value(const BinXmlValue& value, std::size_t depth) {
  if (value.type == BinXmlValue::kBinXml) {
    const std::size_t begin = static_cast<std::size_t>(value.bytes.data() - chunk_.data());
    Bytes bytes(chunk_.substr(0, begin + value.bytes.size()), begin);
    return value.bytes.empty() || fragment(bytes, begin + value.bytes.size(), nullptr, false, depth + 1);
  }
  ValueKind kind = ValueKind::kString;
  if ((value.type & BinXmlValue::kArray) != 0) {
    BinXmlValue rest = value, element;
    for (std::size_t count = 0; next_of_array(rest, element) && count < kValuesMax; ++count) {
      if (++tokens_ > kTokensMax) return false;
      const std::string_view piece = value_text(element, *fields_, kind);
      if (stack_.empty()) return false;
      Element& top = stack_.back();
      fields_->add(top.data_name.empty() ? top.name : top.data_name, piece, kind);
      top.has_children = true;
    }
    return true;
  }
  if (value.type > BinXmlValue::kBinXml) return false;
  const std::string_view piece = value_text(value, *fields_, kind);
  text(piece, kind);
  return true;
}

void BinXml::text(std::string_view text, ValueKind kind) {
  if (stack_.empty()) return;
  Element& element = stack_.back();
  if (kind == ValueKind::kNull) {
    element.has_null = true;
  } else if (!element.has_text) {
    element.text = text;
    element.kind = kind;
    element.has_text = true;
  } else if (!text.empty()) {
    element.text = fields_->keep(std::string(element.text) + std::string(text));
    element.kind = ValueKind::kString;
  }
}

void BinXml::end_element() {
  const Element element = stack_.back();
  const std::size_t depth = stack_.size();
  stack_.pop_back();
  if (element.has_children || depth < 3) return;  // Event, System, EventData hold no text of their own
  const std::string_view field = element.data_name.empty() ? element.name : element.data_name;
  if (element.has_text && !element.text.empty()) {
    fields_->add(field, element.text, element.kind);
  } else if (element.has_text || (!element.has_null && !element.data_name.empty())) {
    fields_->add_empty(field);
  } else if (element.has_null && !element.data_name.empty()) {
    fields_->add_null(field);
  }
}

std::string_view BinXml::name(Bytes& bytes) {
  const std::uint32_t offset = bytes.u32();
  Bytes reader(chunk_, offset);
  reader.take(4 + 2);
  const std::size_t size = std::size_t{reader.u16()} * 2;
  if (!bytes.good() || !reader.good()) {
    bytes.take(chunk_.size() + 1);  // bad from here on
    return {};
  }
  if (offset == bytes.at()) bytes.seek(reader.at() + size + 2);
  auto [known, fresh] = names_.try_emplace(offset);
  if (fresh) {
    FieldList room;
    known->second = utf16_text(reader.take(size).substr(0, kNameBytesMax), room);
  }
  return known->second;
}

}  // namespace vedette::logs
