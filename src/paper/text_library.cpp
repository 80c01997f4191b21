#include "paper/text_library.h"

#include "base/loaded_library.h"

namespace vedette::paper {
namespace {

LoadedLibrary<TextLibrary> load() {
  LoadedLibrary<TextLibrary> out("libpangocairo-1.0.so.0", "libpangocairo-1.0-0");
  auto& calls = out.calls;
  out.find(calls.create, "cairo_create");
  out.find(calls.destroy, "cairo_destroy");
  out.find(calls.surface_destroy, "cairo_surface_destroy");
  out.find(calls.surface_finish, "cairo_surface_finish");
  out.find(calls.surface_status, "cairo_surface_status");
  out.find(calls.status_to_string, "cairo_status_to_string");
  out.find(calls.pdf_surface, "cairo_pdf_surface_create_for_stream");
  out.find(calls.set_metadata, "cairo_pdf_surface_set_metadata");
  out.find(calls.move_to, "cairo_move_to");
  out.find(calls.line_to, "cairo_line_to");
  out.find(calls.stroke, "cairo_stroke");
  out.find(calls.set_line_width, "cairo_set_line_width");
  out.find(calls.set_source_rgb, "cairo_set_source_rgb");
  out.find(calls.show_page, "cairo_show_page");
  out.find(calls.unref, "g_object_unref");
  out.find(calls.font_map_new, "pango_cairo_font_map_new");
  out.find(calls.create_context, "pango_font_map_create_context");
  out.find(calls.set_language, "pango_context_set_language");
  out.find(calls.set_round_positions, "pango_context_set_round_glyph_positions");
  out.find(calls.set_font_options, "pango_cairo_context_set_font_options");
  out.find(calls.font_options_create, "cairo_font_options_create");
  out.find(calls.font_options_destroy, "cairo_font_options_destroy");
  out.find(calls.set_hint_style, "cairo_font_options_set_hint_style");
  out.find(calls.set_hint_metrics, "cairo_font_options_set_hint_metrics");
  out.find(calls.language_from_string, "pango_language_from_string");
  out.find(calls.font_from_string, "pango_font_description_from_string");
  out.find(calls.font_set_size, "pango_font_description_set_absolute_size");
  out.find(calls.font_set_weight, "pango_font_description_set_weight");
  out.find(calls.font_free, "pango_font_description_free");
  out.find(calls.layout_new, "pango_layout_new");
  out.find(calls.layout_set_font, "pango_layout_set_font_description");
  out.find(calls.layout_set_width, "pango_layout_set_width");
  out.find(calls.layout_set_wrap, "pango_layout_set_wrap");
  out.find(calls.layout_set_spacing, "pango_layout_set_spacing");
  out.find(calls.layout_set_text, "pango_layout_set_text");
  out.find(calls.unknown_glyphs, "pango_layout_get_unknown_glyphs_count");
  out.find(calls.layout_iter, "pango_layout_get_iter");
  out.find(calls.iter_free, "pango_layout_iter_free");
  out.find(calls.iter_line_extents, "pango_layout_iter_get_line_extents");
  out.find(calls.iter_baseline, "pango_layout_iter_get_baseline");
  out.find(calls.iter_line, "pango_layout_iter_get_line_readonly");
  out.find(calls.iter_next_line, "pango_layout_iter_next_line");
  out.find(calls.show_line, "pango_cairo_show_layout_line");
  return out;
}

}  // namespace

Result<const TextLibrary*> TextLibrary::get() {
  static const auto loaded = load();
  return loaded.result("a PDF cannot be made");
}

}  // namespace vedette::paper
