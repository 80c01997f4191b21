// Document: what is to stand on paper, in one language, as plain text; and making PDF and ODT of it.
//
// A heading, lines below it, sections of label and value, and a line at the foot of every page. Texts are of
// people and of watched systems, so hostile: characters that neither format may hold are left out, and every
// size is limited. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::paper {

struct Row {
  std::string label = {}, value = {};  // value: lines are kept
  std::string note = {};               // small, below the value: its source
};
struct Section {
  std::string name = {};
  std::vector<Row> rows = {};
};
struct Document {
  std::string language = "vi";  // BCP 47
  std::string title = {};
  std::vector<std::string> lines = {};  // below the title
  std::vector<Section> sections = {};
  std::string foot = {};  // of every page, before its number
};

inline constexpr std::size_t kDocumentBytesMax = 1 << 20;  // of all its texts
inline constexpr int kPagesMax = 200;

// A4, with its fonts embedded and its text selectable. kLimit: larger than the limits; kUnsupported: no font
// of this machine has the letters: the message says what to install.
Result<std::string> pdf_of(const Document& document);
// OpenDocument Text 1.2 (ISO/IEC 26300), which LibreOffice and Word open. kLimit.
Result<std::string> odt_of(const Document& document);

}  // namespace vedette::paper
