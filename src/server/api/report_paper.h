// A report as a document that is printed: in one language, with who approved which paper.
#pragma once

#include "desk/reports/reports.h"
#include "paper/document.h"

namespace vedette::server {

// `sources`: below each value where it comes from, for who reviews it; not for whom it is sent to.
paper::Document report_document(const desk::ReportDetail& detail, Language language, bool sources);

}  // namespace vedette::server
