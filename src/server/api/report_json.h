// Reports and forms as JSON, in the reader's language.
#pragma once

#include <boost/json.hpp>

#include "desk/reports/reports.h"

namespace vedette::server {

// What lists show of a report.
boost::json::object report_summary_json(const desk::ReportDetail& detail, WallTime now, Language language);
boost::json::object report_detail_json(const desk::ReportDetail& detail, WallTime now, Language language);
boost::json::object report_form_json(const desk::Form& form, Language language);
boost::json::object organisation_json(const desk::Organisation& organisation);

}  // namespace vedette::server
