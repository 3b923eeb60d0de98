//! Where to sign (Sigstore protobuf-specs `SigningConfig` v0.2).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::{Field, Object};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::TimeRange;

use crate::named::ServiceSelector;
use crate::reader::{self, Reader};
use crate::service_url::is_service_url;
use crate::{Error, ErrorKind, Limit, UnknownMembers, Warnings, Window};

/// Media type of a signing configuration. Those of version 0.1 say nothing about versions, windows and operators.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
/// Greatest number of a version or count: proto3 uint32.
const MAX_UINT32: u64 = 0xffff_ffff;

/// A signing configuration as written. Nothing is selected, and nothing is filtered by the present time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningConfig {
    ca_urls: Vec<SigningService>,
    media_type: String,
    oidc_urls: Vec<SigningService>,
    rekor_tlog_config: ServiceConfiguration,
    rekor_tlog_urls: Vec<SigningService>,
    tsa_config: ServiceConfiguration,
    tsa_urls: Vec<SigningService>,
    warnings: Warnings,
}

/// One service (Sigstore protobuf-specs `Service`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningService {
    /// Version of the interface; 0 if absent.
    pub major_api_version: u64,
    /// Who runs it; empty if absent.
    pub operator: String,
    /// URL as written: `https`, or `http` on this very machine.
    pub url: String,
    /// When it takes requests: a closed interval with a start.
    pub valid_for: TimeRange,
}

/// How many services are needed (Sigstore protobuf-specs `ServiceConfiguration`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceConfiguration {
    /// How many; 0 if absent. Only [`ServiceSelector::Exact`] looks at it.
    pub count: u64,
    /// By which rule.
    pub selector: ServiceSelector,
}

impl SigningConfig {
    /// Reads a signing configuration in JSON, at most as long as a trusted root. Unknown members are skipped with a
    /// warning; the selector is a name or a number.
    ///
    /// # Errors
    /// Another media type, another shape, a URL that nothing may be sent to, a window without start, or a limit.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let value = reader::document(bytes, limits.trusted_root_bytes, Limit::TrustedRootBytes, limits);
        let config = value.and_then(|value| Self::read(Field::root(value), limits));
        config.map_err(Error::in_signing_config)
    }

    pub(crate) fn read(field: Field<'_>, limits: &Limits) -> Result<Self, Error> {
        let mut reader = Reader::new(UnknownMembers::Ignore, limits);
        let mut object = field.object()?;
        let media_type = reader::text_or_empty(&mut object, "mediaType")?;
        if media_type != MEDIA_TYPE {
            return Err(Error::at(ErrorKind::MediaType, alloc::format!("{}/mediaType", object.pointer())));
        }
        let ca_urls = services(&mut reader, &mut object, "caUrls")?;
        let oidc_urls = services(&mut reader, &mut object, "oidcUrls")?;
        let rekor_tlog_urls = services(&mut reader, &mut object, "rekorTlogUrls")?;
        let rekor_tlog_config = configuration(&mut reader, object.take("rekorTlogConfig"))?;
        let tsa_urls = services(&mut reader, &mut object, "tsaUrls")?;
        let tsa_config = configuration(&mut reader, object.take("tsaConfig"))?;
        reader.finish(object)?;
        let warnings = reader.warnings;
        Ok(Self {
            ca_urls,
            media_type,
            oidc_urls,
            rekor_tlog_config,
            rekor_tlog_urls,
            tsa_config,
            tsa_urls,
            warnings,
        })
    }

    /// Certificate authorities, in the order written.
    #[must_use]
    pub fn ca_urls(&self) -> &[SigningService] {
        &self.ca_urls
    }

    /// The media type as written.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Issuers of ID tokens, in the order written.
    #[must_use]
    pub fn oidc_urls(&self) -> &[SigningService] {
        &self.oidc_urls
    }

    /// How many transparency logs are needed.
    #[must_use]
    pub const fn rekor_tlog_config(&self) -> &ServiceConfiguration {
        &self.rekor_tlog_config
    }

    /// Transparency logs, in the order written.
    #[must_use]
    pub fn rekor_tlog_urls(&self) -> &[SigningService] {
        &self.rekor_tlog_urls
    }

    /// How many timestamp authorities are needed.
    #[must_use]
    pub const fn tsa_config(&self) -> &ServiceConfiguration {
        &self.tsa_config
    }

    /// Timestamp authorities, in the order written.
    #[must_use]
    pub fn tsa_urls(&self) -> &[SigningService] {
        &self.tsa_urls
    }

    /// What was tolerated while reading.
    #[must_use]
    pub const fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// An absent list is an empty one.
fn services(
    reader: &mut Reader<'_>,
    object: &mut Object<'_>,
    name: &str,
) -> Result<Vec<SigningService>, Error> {
    let max = reader.limits.trusted_root_instances;
    let list = reader::bounded_list(object.take(name), Limit::TrustedRootInstances, max)?;
    list.into_iter().map(|service| SigningService::read(reader, service)).collect()
}

fn configuration(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<ServiceConfiguration, Error> {
    let Some(field) = field else { return Ok(ServiceConfiguration::default()) };
    let mut object = field.object()?;
    let selector = ServiceSelector::read_any(object.take("selector"))?;
    let count = uint32_or_zero(&mut object, "count")?;
    reader.finish(object)?;
    Ok(ServiceConfiguration { count, selector })
}

fn uint32_or_zero(object: &mut Object<'_>, name: &str) -> Result<u64, Error> {
    Ok(object.take(name).map(|field| field.uint(MAX_UINT32)).transpose()?.unwrap_or_default())
}

impl SigningService {
    fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let url = reader::text_or_empty(&mut object, "url")?;
        if !is_service_url(&url) {
            return Err(Error::at(ErrorKind::ServiceUrl, alloc::format!("{}/url", object.pointer())));
        }
        let major_api_version = uint32_or_zero(&mut object, "majorApiVersion")?;
        let operator = reader::text_or_empty(&mut object, "operator")?;
        let valid_for = Window::read_for_service(reader, &mut object)?;
        reader.finish(object)?;
        Ok(Self { major_api_version, operator, url, valid_for })
    }
}
