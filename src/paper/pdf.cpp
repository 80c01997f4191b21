// PDF through Pango and Cairo. A font map of its own for each call: Pango's objects are not shared between
// threads.
#include <cairo-pdf.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <memory>

#include "paper/printable.h"

namespace vedette::paper {
namespace {

// Points: 1/72 inch.
constexpr double kWidth = 595.28, kHeight = 841.89;  // A4
constexpr double kLeft = 62, kRight = 51, kTop = 57, kBottom = 62;
constexpr double kLabelWidth = 150, kGap = 12;
constexpr std::size_t kParagraphBytes = 8 * 1024;  // a longer one is broken
constexpr std::string_view kFont = "Noto Sans, DejaVu Sans";

struct Free {
  void operator()(cairo_surface_t* one) const { cairo_surface_destroy(one); }
  void operator()(cairo_t* one) const { cairo_destroy(one); }
  void operator()(PangoFontDescription* one) const { pango_font_description_free(one); }
  void operator()(PangoLayoutIter* one) const { pango_layout_iter_free(one); }
  void operator()(gpointer one) const { g_object_unref(one); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

class Printing {
 public:
  explicit Printing(const Document& document)
      : document_(document),
        surface_(cairo_pdf_surface_create_for_stream(append, &bytes_, kWidth, kHeight)),
        cairo_(cairo_create(surface_.get())),
        fonts_(pango_cairo_font_map_new()),
        context_(pango_font_map_create_context(fonts_.get())) {
    pango_context_set_language(context_.get(), pango_language_from_string(document.language.c_str()));
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE,
                                   printable(document.title).c_str());
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "Vedette");
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
    cairo_surface_finish(surface_.get());
    if (auto status = cairo_surface_status(surface_.get()); status != CAIRO_STATUS_SUCCESS)
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the PDF could not be written: {}", cairo_status_to_string(status)));
    return std::move(bytes_);
  }

 private:
  Owned<PangoLayout> laid(std::string_view text, double size, PangoWeight weight, double width) {
    Owned<PangoLayout> layout(pango_layout_new(context_.get()));
    Owned<PangoFontDescription> font(pango_font_description_from_string(std::string(kFont).c_str()));
    pango_font_description_set_absolute_size(font.get(), size * PANGO_SCALE);
    pango_font_description_set_weight(font.get(), weight);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_spacing(layout.get(), 2 * PANGO_SCALE);
    const auto plain = printable(text);
    pango_layout_set_text(layout.get(), plain.data(), static_cast<int>(plain.size()));
    unknown_ += pango_layout_get_unknown_glyphs_count(layout.get());
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
    Owned<PangoLayoutIter> at(pango_layout_get_iter(layout.get()));
    do {
      PangoRectangle line;
      pango_layout_iter_get_line_extents(at.get(), nullptr, &line);
      const double height = pango_units_to_double(line.height) + 2;
      room_for(height);
      const double baseline =
          pango_units_to_double(pango_layout_iter_get_baseline(at.get())) - pango_units_to_double(line.y);
      cairo_move_to(cairo_.get(), x, y_ + baseline);
      pango_cairo_show_layout_line(cairo_.get(), pango_layout_iter_get_line_readonly(at.get()));
      y_ += height;
    } while (pango_layout_iter_next_line(at.get()));
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
    cairo_set_source_rgb(cairo_.get(), 0.35, 0.35, 0.35);
    text(row.note, 7.5, PANGO_WEIGHT_NORMAL, x, width);
    cairo_set_source_rgb(cairo_.get(), 0, 0, 0);
    if (pages_ == page) y_ = std::max(y_, label_end);
    y_ += 5;
  }

  void rule() {
    cairo_set_line_width(cairo_.get(), 0.6);
    cairo_move_to(cairo_.get(), kLeft, y_ + 1);
    cairo_line_to(cairo_.get(), kWidth - kRight, y_ + 1);
    cairo_stroke(cairo_.get());
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
    cairo_save(cairo_.get());
    cairo_set_source_rgb(cairo_.get(), 0.35, 0.35, 0.35);
    cairo_move_to(cairo_.get(), kLeft, kHeight - kBottom + 12);
    pango_cairo_show_layout(cairo_.get(), layout.get());
    cairo_restore(cairo_.get());
    cairo_show_page(cairo_.get());
  }

  const Document& document_;
  std::string bytes_;
  Owned<cairo_surface_t> surface_;
  Owned<cairo_t> cairo_;
  Owned<PangoFontMap> fonts_;
  Owned<PangoContext> context_;
  double y_ = kTop;
  int pages_ = 0;
  int unknown_ = 0;
};

}  // namespace

Result<std::string> pdf_of(const Document& document) {
  TRY(check_size(document));
  return Printing(document).bytes();
}

}  // namespace vedette::paper
