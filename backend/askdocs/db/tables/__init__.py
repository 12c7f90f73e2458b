"""The tables. Queries live in the module that is named for their subject."""

from askdocs.db.tables.access import ApiKey, AuditEntry, IssuerKeys, Publisher
from askdocs.db.tables.base import HEAD, Base, SchemaInfo, new_id
from askdocs.db.tables.content import Calibration, Document, Embedding, Reading, Revision
from askdocs.db.tables.conversations import ChatSession, Feedback, Message, Pin
from askdocs.db.tables.people import Identity, Member, Membership, OpenIdAttempt, SignIn
from askdocs.db.tables.sites import Site, Spending, Store, UserKey
from askdocs.db.tables.uploads import Upload, UploadPage

__all__ = [
    "HEAD",
    "ApiKey",
    "AuditEntry",
    "Base",
    "Calibration",
    "ChatSession",
    "Document",
    "Embedding",
    "Feedback",
    "Identity",
    "IssuerKeys",
    "Member",
    "Membership",
    "Message",
    "OpenIdAttempt",
    "Pin",
    "Publisher",
    "Reading",
    "Revision",
    "SchemaInfo",
    "SignIn",
    "Site",
    "Spending",
    "Store",
    "Upload",
    "UploadPage",
    "UserKey",
    "new_id",
]
