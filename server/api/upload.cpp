// SPDX-License-Identifier: Apache-2.0
#include "server/api/upload.h"

#include <Poco/Exception.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>
#include <Poco/Net/NameValueCollection.h>

#include <iterator>
#include <optional>
#include <sstream>

#include "common/error.h"

namespace yinxin::server {
namespace {

void check_size(std::size_t size, std::size_t bytes_max) {
    if (size > bytes_max)
        throw Error(ErrorCode::TooLarge,
                    "The file has more than " + std::to_string(bytes_max) + " bytes.");
}

std::string file_part(std::istream& body, const std::string& boundary) {
    Poco::Net::MultipartReader reader(body, boundary);
    std::optional<std::string> file;
    for (int parts = 0; reader.hasNextPart() && parts < 16; ++parts) {
        Poco::Net::MessageHeader header;
        reader.nextPart(header);
        std::string content{std::istreambuf_iterator<char>(reader.stream()), {}};
        std::string disposition;
        Poco::Net::NameValueCollection parameters;
        Poco::Net::MessageHeader::splitParameters(
            header.get("Content-Disposition", ""), disposition, parameters);
        if (!parameters.has("filename"))
            continue;
        if (file)
            throw Error(ErrorCode::Malformed, "Upload one file at a time.");
        file = std::move(content);
    }
    return file.value_or("");
}

}  // namespace

std::string uploaded_file(const Request& request, std::size_t bytes_max) {
    const auto* type = request.head.field("content-type");
    std::string media;
    Poco::Net::NameValueCollection parameters;
    std::string file;
    try {
        if (type != nullptr)
            Poco::Net::MessageHeader::splitParameters(*type, media, parameters);
        if (media == "multipart/form-data") {
            if (!parameters.has("boundary"))
                throw Error(ErrorCode::Malformed, "multipart/form-data needs a boundary.");
            std::istringstream body(request.body);
            file = file_part(body, parameters.get("boundary"));
        } else {
            file = request.body;
        }
    } catch (const Poco::Exception&) {
        throw Error(ErrorCode::Malformed, "The multipart body cannot be read.");
    }
    if (file.empty())
        throw Error(ErrorCode::Malformed,
                    "No file was sent. Choose a PDF, or a photo or scan of the paper.");
    check_size(file.size(), bytes_max);
    return file;
}

}  // namespace yinxin::server
