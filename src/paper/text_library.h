// Pango and Cairo, loaded when the first PDF is made: commands and agents that print nothing do not carry
// them, and a server without them still runs. Thread-safe.
#pragma once

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/result.h"

namespace vedette::paper {

struct TextLibrary {
  decltype(&::cairo_create) create;
  decltype(&::cairo_destroy) destroy;
  decltype(&::cairo_surface_destroy) surface_destroy;
  decltype(&::cairo_surface_finish) surface_finish;
  decltype(&::cairo_surface_status) surface_status;
  decltype(&::cairo_status_to_string) status_to_string;
  decltype(&::cairo_pdf_surface_create_for_stream) pdf_surface;
  decltype(&::cairo_pdf_surface_set_metadata) set_metadata;
  decltype(&::cairo_move_to) move_to;
  decltype(&::cairo_line_to) line_to;
  decltype(&::cairo_stroke) stroke;
  decltype(&::cairo_set_line_width) set_line_width;
  decltype(&::cairo_set_source_rgb) set_source_rgb;
  decltype(&::cairo_show_page) show_page;
  decltype(&::g_object_unref) unref;
  decltype(&::pango_cairo_font_map_new) font_map_new;
  decltype(&::pango_font_map_create_context) create_context;
  decltype(&::pango_context_set_language) set_language;
  decltype(&::pango_context_set_round_glyph_positions) set_round_positions;
  decltype(&::pango_cairo_context_set_font_options) set_font_options;
  decltype(&::cairo_font_options_create) font_options_create;
  decltype(&::cairo_font_options_destroy) font_options_destroy;
  decltype(&::cairo_font_options_set_hint_style) set_hint_style;
  decltype(&::cairo_font_options_set_hint_metrics) set_hint_metrics;
  decltype(&::pango_language_from_string) language_from_string;
  decltype(&::pango_font_description_from_string) font_from_string;
  decltype(&::pango_font_description_set_absolute_size) font_set_size;
  decltype(&::pango_font_description_set_weight) font_set_weight;
  decltype(&::pango_font_description_free) font_free;
  decltype(&::pango_layout_new) layout_new;
  decltype(&::pango_layout_set_font_description) layout_set_font;
  decltype(&::pango_layout_set_width) layout_set_width;
  decltype(&::pango_layout_set_wrap) layout_set_wrap;
  decltype(&::pango_layout_set_spacing) layout_set_spacing;
  decltype(&::pango_layout_set_text) layout_set_text;
  decltype(&::pango_layout_get_unknown_glyphs_count) unknown_glyphs;
  decltype(&::pango_layout_get_iter) layout_iter;
  decltype(&::pango_layout_iter_free) iter_free;
  decltype(&::pango_layout_iter_get_line_extents) iter_line_extents;
  decltype(&::pango_layout_iter_get_baseline) iter_baseline;
  decltype(&::pango_layout_iter_get_line_readonly) iter_line;
  decltype(&::pango_layout_iter_next_line) iter_next_line;
  decltype(&::pango_cairo_show_layout_line) show_line;

  // kUnsupported: they are not installed; the message says what to install.
  static Result<const TextLibrary*> get();
};

}  // namespace vedette::paper
