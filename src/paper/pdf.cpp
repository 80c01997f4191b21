// PDF through Pango and Cairo. A font map of its own for each call: Pango's objects are not shared between
// threads.
#include <fmt/format.h>

#include <memory>

#include "paper/printable.h"
#include "paper/text_library.h"

namespace vedette::paper {
namespace {

// Points: 1/72 inch.
constexpr double kWidth = 595.28, kHeight = 841.89;  // A4
constexpr double kLeft = 62, kRight = 51, kTop = 57, kBottom = 62;
constexpr double kLabelWidth = 150, kGap = 12;
constexpr std::size_t kParagraphBytes = 8 * 1024;  // a longer one is broken
constexpr std::string_view kFont = "Noto Sans, DejaVu Sans";

// Gives its object back through the library's own call.
template <class T, auto TextLibrary::* Call>
struct Free {
  const TextLibrary* library = nullptr;
  void operator()(T* one) const { (library->*Call)(one); }
};
using Surface = std::unique_ptr<cairo_surface_t, Free<cairo_surface_t, &TextLibrary::surface_destroy>>;
using Cairo = std::unique_ptr<cairo_t, Free<cairo_t, &TextLibrary::destroy>>;
using Fonts = std::unique_ptr<PangoFontMap, Free<PangoFontMap, &TextLibrary::unref>>;
using Context = std::unique_ptr<PangoContext, Free<PangoContext, &TextLibrary::unref>>;
using Layout = std::unique_ptr<PangoLayout, Free<PangoLayout, &TextLibrary::unref>>;
using Font = std::unique_ptr<PangoFontDescription, Free<PangoFontDescription, &TextLibrary::font_free>>;
using Hints =
    std::unique_ptr<cairo_font_options_t, Free<cairo_font_options_t, &TextLibrary::font_options_destroy>>;
using Iter = std::unique_ptr<PangoLayoutIter, Free<PangoLayoutIter, &TextLibrary::iter_free>>;

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

double points(int units) { return static_cast<double>(units) / PANGO_SCALE; }

class Printing {
 public:
  Printing(const Document& document, const TextLibrary& library)
      : document_(document),
        lib_(library),
        surface_(lib_.pdf_surface(append, &bytes_, kWidth, kHeight), {&lib_}),
        cairo_(lib_.create(surface_.get()), {&lib_}),
        fonts_(lib_.font_map_new(), {&lib_}),
        context_(lib_.create_context(fonts_.get()), {&lib_}) {
    // Paper has no pixels: letters stand where their font puts them.
    Hints hints(lib_.font_options_create(), {&lib_});
    lib_.set_hint_style(hints.get(), CAIRO_HINT_STYLE_NONE);
    lib_.set_hint_metrics(hints.get(), CAIRO_HINT_METRICS_OFF);
    lib_.set_font_options(context_.get(), hints.get());
    lib_.set_round_positions(context_.get(), FALSE);
    lib_.set_language(context_.get(), lib_.language_from_string(document.language.c_str()));
    lib_.set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, printable(document.title).c_str());
    lib_.set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "Vedette");
  }

  Result<std::string> bytes() {
    text(document_.title, 15, PANGO_WEIGHT_BOLD, kLeft, kWidth - kLeft - kRight);
    for (const auto& line : document_.lines)
      text(line, 9, PANGO_WEIGHT_NORMAL, kLeft, kWidth - kLeft - kRight);
    for (const auto& section : document_.sections) {
      room_for(60);  // a heading does not stand alone at the end of a page
      y_ += 12;
      text(section.name, 11.5, PANGO_WEIGHT_BOLD, kLeft, kWidth - kLeft - kRight);
      rule();
      for (const auto& row : section.rows) print(row);
    }
    end_page();
    if (pages_ > kPagesMax)
      return fail(ErrorCode::kLimit, fmt::format("the paper has more than {} pages", kPagesMax));
    if (unknown_ > 0)
      return fail(ErrorCode::kUnsupported,
                  fmt::format("no font of this machine has {} letters of this paper; install fonts "
                              "(Debian: fonts-noto-core), or take the ODT",
                              unknown_));
    lib_.surface_finish(surface_.get());
    if (auto status = lib_.surface_status(surface_.get()); status != CAIRO_STATUS_SUCCESS)
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the PDF could not be written: {}", lib_.status_to_string(status)));
    return std::move(bytes_);
  }

 private:
  Layout laid(std::string_view text, double size, PangoWeight weight, double width) {
    Layout layout(lib_.layout_new(context_.get()), {&lib_});
    Font font(lib_.font_from_string(std::string(kFont).c_str()), {&lib_});
    lib_.font_set_size(font.get(), size * PANGO_SCALE);
    lib_.font_set_weight(font.get(), weight);
    lib_.layout_set_font(layout.get(), font.get());
    lib_.layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    lib_.layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    lib_.layout_set_spacing(layout.get(), 2 * PANGO_SCALE);
    const auto plain = printable(text);
    lib_.layout_set_text(layout.get(), plain.data(), static_cast<int>(plain.size()));
    unknown_ += lib_.unknown_glyphs(layout.get());
    return layout;
  }

  // Paragraph by paragraph: asking a long layout for its lines takes time by the square of their
  // number.
  void text(std::string_view all, double size, PangoWeight weight, double x, double width) {
    while (!all.empty() && pages_ <= kPagesMax) {
      auto end = std::min(all.find('\n'), all.size());
      if (end <= kParagraphBytes) {
        paragraph(all.substr(0, end), size, weight, x, width);
        all.remove_prefix(std::min(end + 1, all.size()));
        continue;
      }
      end = kParagraphBytes;
      while (end > 0 && (static_cast<unsigned char>(all[end]) & 0xC0) == 0x80) --end;  // not within a letter
      if (end == 0) end = kParagraphBytes;
      paragraph(all.substr(0, end), size, weight, x, width);
      all.remove_prefix(end);
    }
  }

  // Line by line, going on on the next page.
  void paragraph(std::string_view text, double size, PangoWeight weight, double x, double width) {
    auto layout = laid(text, size, weight, width);
    Iter at(lib_.layout_iter(layout.get()), {&lib_});
    do {
      PangoRectangle line;
      lib_.iter_line_extents(at.get(), nullptr, &line);
      const double height = points(line.height) + 2;
      room_for(height);
      const double baseline = points(lib_.iter_baseline(at.get())) - points(line.y);
      lib_.move_to(cairo_.get(), x, y_ + baseline);
      lib_.show_line(cairo_.get(), lib_.iter_line(at.get()));
      y_ += height;
    } while (lib_.iter_next_line(at.get()));
  }

  void print(const Row& row) {
    const double x = kLeft + kLabelWidth + kGap, width = kWidth - kRight - x;
    room_for(30);
    const double begin = y_;
    const int page = pages_;
    text(row.label, 9.5, PANGO_WEIGHT_SEMIBOLD, kLeft, kLabelWidth);
    const double label_end = y_;
    if (pages_ == page) y_ = begin;
    text(row.value, 9.5, PANGO_WEIGHT_NORMAL, x, width);
    lib_.set_source_rgb(cairo_.get(), 0.35, 0.35, 0.35);
    text(row.note, 7.5, PANGO_WEIGHT_NORMAL, x, width);
    lib_.set_source_rgb(cairo_.get(), 0, 0, 0);
    if (pages_ == page) y_ = std::max(y_, label_end);
    y_ += 5;
  }

  void rule() {
    lib_.set_line_width(cairo_.get(), 0.6);
    lib_.move_to(cairo_.get(), kLeft, y_ + 1);
    lib_.line_to(cairo_.get(), kWidth - kRight, y_ + 1);
    lib_.stroke(cairo_.get());
    y_ += 7;
  }

  void room_for(double height) {
    if (y_ + height <= kHeight - kBottom) return;
    end_page();
    y_ = kTop;
  }

  void end_page() {
    ++pages_;
    if (pages_ > kPagesMax) return;
    auto layout = laid(fmt::format("{}   {}", document_.foot, pages_), 7.5, PANGO_WEIGHT_NORMAL,
                       kWidth - kLeft - kRight);
    Iter at(lib_.layout_iter(layout.get()), {&lib_});
    lib_.set_source_rgb(cairo_.get(), 0.35, 0.35, 0.35);
    lib_.move_to(cairo_.get(), kLeft, kHeight - kBottom + 20);
    lib_.show_line(cairo_.get(), lib_.iter_line(at.get()));  // of a long foot the first line
    lib_.set_source_rgb(cairo_.get(), 0, 0, 0);
    lib_.show_page(cairo_.get());
  }

  const Document& document_;
  const TextLibrary& lib_;
  std::string bytes_;
  Surface surface_;
  Cairo cairo_;
  Fonts fonts_;
  Context context_;
  double y_ = kTop;
  int pages_ = 0;
  int unknown_ = 0;
};

}  // namespace

Result<std::string> pdf_of(const Document& document) {
  TRY(check_size(document));
  TRY_ASSIGN(const auto* library, TextLibrary::get());
  return Printing(document, *library).bytes();
}

}  // namespace vedette::paper
