namespace Expecto
