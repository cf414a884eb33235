"""The words of the Core Business Vocabulary 2.0 that EPCIS 2.0 events may use without a namespace, and their URIs.

Source: GS1 CBV 2.0, chapter 7, and the enumerations of the official EPCIS 2.0 JSON schema.
"""

from __future__ import annotations

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
CBV = "https://ref.gs1.org/cbv/"
VOC = "https://ref.gs1.org/voc/"
PREFIXES = {
    "cbv": CBV,
    "gs1": VOC,
    "epcis": "https://ref.gs1.org/epcis/",
    "cbvmda": "urn:epcglobal:cbv:mda",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes that the standard's own context defines."""

ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
BIZ_STEPS = frozenset(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting "
    "decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting "
    "installing killing loading other packing picking receiving removing repackaging repairing replacing reserving "
    "retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting "
    "unloading unpacking void_shipping".split()
)
DISPOSITIONS = frozenset(
    "active available completeness_inferred completeness_verified conformant container_closed container_open damaged "
    "destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance "
    "mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed "
    "recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable "
    "unknown".split()
)
BIZ_TRANSACTION_TYPES = frozenset(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt".split()
)
SOURCE_DESTINATION_TYPES = frozenset({"owning_party", "possessing_party", "location"})
ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})
SENSOR_EXCEPTIONS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS = frozenset(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude "
    "longitude altitude".split()
)
MEASUREMENTS = frozenset(
    "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance "
    "AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance "
    "Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity "
    "ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency "
    "Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux "
    "LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate "
    "MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux "
    "RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed "
    "SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction "
    "VolumetricFlux Wavenumber".split()
)

URIS: dict[str, tuple[str, frozenset[str]]] = {
    "bizStep": (f"{CBV}BizStep-", BIZ_STEPS),
    "disposition": (f"{CBV}Disp-", DISPOSITIONS),
    "bizTransaction": (f"{CBV}BTT-", BIZ_TRANSACTION_TYPES),
    "party": (f"{CBV}SDT-", SOURCE_DESTINATION_TYPES),
    "reason": (f"{CBV}ER-", ERROR_REASONS),
    "component": (f"{CBV}Comp-", COMPONENTS),
    "measurement": (VOC, MEASUREMENTS),
    "exception": (VOC, SENSOR_EXCEPTIONS),
}
"""What the bare words of each kind stand for: the beginning of their URI, and the words."""
URNS = {
    "urn:epcglobal:cbv:bizstep:": f"{CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{CBV}ER-",
}
"""The older spelling of the same words."""
CODES = {"locationRoleType": f"{VOC}LocationRoleType-"}
"""Fields of the GS1 Web Vocabulary, written without a prefix, whose values are codes of it."""


def expanded(kind: str, word: str) -> str:
    """The URI of a bare word of this kind; anything else unchanged."""
    start, words = URIS[kind]
    return start + word if word in words else word


def without_prefix(value: str) -> str:
    """The full URI of a compact one (``cbv:BizStep-shipping``) or of an old URN; anything else unchanged."""
    for urn, uri in URNS.items():
        if value.startswith(urn):
            return uri + value.removeprefix(urn)
    head, colon, rest = value.partition(":")
    return PREFIXES[head] + rest if colon and head in ("cbv", "gs1", "epcis") else value
